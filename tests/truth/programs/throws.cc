// SPDX-License-Identifier: BSD-2-Clause
/*
 * throws.cc - C++ that throws through frames with destructors, catches, rethrows,
 * and uses templates of the standard library, round and round for ever.
 */
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

static volatile unsigned long sink;

struct Counted {
	explicit Counted(unsigned long n) : count(n)
	{
		sink += count;
	}
	~Counted()
	{
		for (unsigned long i = 0; i < 200; i++)
			sink += i * count;
	}
	unsigned long count;
};

__attribute__((noinline)) static unsigned long descend(unsigned int depth)
{
	Counted counted(depth);
	std::string name(depth, 'x');

	if (!depth)
		throw std::runtime_error("the bottom");
	try {
		return descend(depth - 1) + name.size();
	} catch (const std::logic_error &) {
		return 0;
	}
}

__attribute__((noinline)) static void rethrow(unsigned int depth)
{
	try {
		descend(depth);
	} catch (...) {
		Counted counted(depth);

		throw;
	}
}

int main()
{
	for (unsigned int turn = 0;; turn++) {
		std::map<unsigned long, std::string> names;
		std::vector<std::function<unsigned long()>> calls;

		try {
			rethrow(turn % 30);
		} catch (const std::exception &e) {
			sink += std::string(e.what()).size();
		}
		for (int i = 0; i < 100; i++) {
			names[(unsigned long)std::rand()] = std::to_string(i);
			calls.push_back([i] { return (unsigned long)i + sink; });
		}
		std::sort(calls.begin(), calls.end(), [](const auto &a, const auto &b) {
			return a() % 17 < b() % 17;
		});
		sink += names.begin()->second.size();
	}
}
