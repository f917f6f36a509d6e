// SPDX-License-Identifier: BSD-2-Clause
// inlined.cc - a program of small functions that optimizers fold into few large ones.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace shapes {

struct Shape {
	virtual ~Shape() = default;
	virtual double area() const = 0;
};

template <typename T> struct Scaled : Shape {
	explicit Scaled(T factor) : factor(factor) {}
	double area() const override { return square(factor) * unit(); }
	static T square(T x) { return x * x; }
	virtual double unit() const { return 1; }
	T factor;
};

struct Circle : Scaled<double> {
	using Scaled::Scaled;
	double unit() const override { return 3.14159; }
};

namespace {
struct Counter {
	std::map<std::string, std::vector<int>> words;

	void add(const std::string &word, int at) { words[word].push_back(at); }
	int total() const
	{
		return std::accumulate(words.begin(), words.end(), 0,
				       [](int sum, const auto &entry) {
					       return sum + static_cast<int>(entry.second.size());
				       });
	}
};
} // namespace

} // namespace shapes

extern "C" __attribute__((noinline)) int plain_name(int x)
{
	return x ^ 0x55;
}

template <typename F> static int repeat(int times, F &&body)
{
	int sum = 0;

	for (int i = 0; i < times; i++)
		sum += body(i);
	return sum;
}

__attribute__((noinline)) static int parse(const std::string &text)
{
	if (text.empty())
		throw std::invalid_argument("empty");
	return std::stoi(text);
}

// In a section of its own: a linker may give it a segment of its own.
__attribute__((noinline, section(".elsewhere"))) static int elsewhere(const std::vector<int> &v)
{
	struct Local {
		static int twice(int x) { return 2 * x; }
	};
	auto sorted = v;

	std::sort(sorted.begin(), sorted.end(), [](int a, int b) { return a > b; });
	return sorted.empty() ? 0 : Local::twice(sorted.front());
}

int main(int argc, char **argv)
{
	std::vector<std::unique_ptr<shapes::Shape>> all;
	std::unordered_map<int, std::function<int(int)>> table;
	shapes::Counter counter;
	std::vector<int> numbers;
	double area = 0;
	int sum = 0;

	for (int i = 0; i < argc + 5; i++) {
		all.push_back(std::make_unique<shapes::Circle>(i));
		all.push_back(std::make_unique<shapes::Scaled<int>>(i));
		table[i] = [i, &numbers](int x) { numbers.push_back(x); return x + plain_name(i); };
		counter.add(argv[i % argc], i);
	}
	for (const auto &shape : all)
		area += shape->area();
	sum += repeat(argc + 3, [&](int i) { return table.count(i) ? table.at(i)(i) : -1; });
	try {
		sum += parse(argc > 1 ? argv[1] : "");
	} catch (const std::exception &e) {
		sum += static_cast<int>(std::string(e.what()).size());
	}
	std::printf("%f %d %d %d\n", area, sum, counter.total(), elsewhere(numbers));
	return 0;
}
