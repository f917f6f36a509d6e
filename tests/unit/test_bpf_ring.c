// SPDX-License-Identifier: BSD-2-Clause
/* A ring in a memory file, laid out as the kernel lays out its own: every record is read once. */
#include "profiler/source/bpf_ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

struct fake {
	int fd;
	size_t size;
	char *map; /* the consumer's page, the producer's, the records twice */
	struct bpf_ring ring;
	uint32_t written, read, stop_at;
};

static unsigned long *position(const struct fake *f, int page)
{
	return (unsigned long *)(f->map + page * sysconf(_SC_PAGESIZE));
}

static void make(struct fake *f, size_t size, unsigned long pos)
{
	size_t whole = 2 * (size_t)sysconf(_SC_PAGESIZE) + 2 * size;

	*f = (struct fake){ .fd = memfd_create("ring", MFD_CLOEXEC), .size = size };
	assert_true(f->fd >= 0);
	assert_int_equal(ftruncate(f->fd, (off_t)whole), 0);
	f->map = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
	assert_ptr_not_equal(f->map, MAP_FAILED);
	*position(f, 0) = *position(f, 1) = pos;
	assert_int_equal(bpf_ring_open(&f->ring, f->fd, size), 0);
}

static void unmake(struct fake *f)
{
	bpf_ring_close(&f->ring);
	munmap(f->map, 2 * (size_t)sysconf(_SC_PAGESIZE) + 2 * f->size);
	close(f->fd);
}

/* Both copies of the records, as a memory file cannot be seen twice in a row. */
static void put_bytes(struct fake *f, unsigned long pos, const void *bytes, size_t len)
{
	char *records = f->map + 2 * sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < len; i++) {
		size_t at = (pos + i) & (f->size - 1);

		records[at] = records[at + f->size] = ((const char *)bytes)[i];
	}
}

/* A record of SIZE bytes: its number, and the size in the last byte. */
static void put(struct fake *f, uint32_t size, uint32_t bits)
{
	unsigned long pos = *position(f, 1);
	uint32_t header[2] = { size | bits, 0 };
	uint8_t last = (uint8_t)size;

	put_bytes(f, pos, header, sizeof(header));
	put_bytes(f, pos + sizeof(header), &f->written, sizeof(f->written));
	put_bytes(f, pos + sizeof(header) + size - 1, &last, 1);
	*position(f, 1) = pos + sizeof(header) + ((size + 7) & ~7u);
	f->written += !(bits & BPF_RINGBUF_DISCARD_BIT);
}

static int take(void *ctx, void *record, size_t size)
{
	struct fake *f = ctx;
	uint32_t nr;

	memcpy(&nr, record, sizeof(nr));
	assert_int_equal(nr, f->read);
	assert_int_equal(((uint8_t *)record)[size - 1], (uint8_t)size);
	f->read++;
	return f->read == f->stop_at ? -EINTR : 0;
}

static void read_all(struct fake *f)
{
	assert_int_equal(bpf_ring_read(&f->ring, take, f), 0);
	assert_int_equal(f->read, f->written);
	assert_true(*position(f, 0) == *position(f, 1));
}

/* Several times round, with records of all lengths; a ring mapped once, and one that is not. */
static void every_record_is_read_once(void **state)
{
	static const size_t sizes[] = { 64 * 1024, 1024 * 1024, 4 * 1024 * 1024 };
	struct fake f;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make(&f, sizes[i], sizes[i] - 64);
		for (uint32_t n = 0; *position(&f, 1) < 3 * sizes[i]; n++) {
			put(&f, 5 + n * 7919 % 20000, 0);
			if (*position(&f, 1) - *position(&f, 0) > sizes[i] - 40000)
				read_all(&f);
		}
		read_all(&f);
		unmake(&f);
	}
}

static void discarded_ones_are_passed_over(void **state)
{
	struct fake f;

	make(&f, 65536, 0);
	put(&f, 100, 0);
	put(&f, 100, BPF_RINGBUF_DISCARD_BIT);
	put(&f, 100, 0);
	read_all(&f);
	assert_int_equal(f.read, 2);
	unmake(&f);
}

static void one_that_is_being_written_is_waited_for(void **state)
{
	uint32_t length = 100;
	unsigned long busy;
	struct fake f;

	make(&f, 65536, 0);
	put(&f, 100, 0);
	busy = *position(&f, 1);
	put(&f, 100, BPF_RINGBUF_BUSY_BIT);
	put(&f, 100, 0);
	assert_int_equal(bpf_ring_read(&f.ring, take, &f), 0);
	assert_int_equal(f.read, 1);
	put_bytes(&f, busy, &length, sizeof(length));
	read_all(&f);
	unmake(&f);
}

static void an_error_ends_the_reading_behind_its_record(void **state)
{
	struct fake f;

	make(&f, 65536, 0);
	for (int i = 0; i < 3; i++)
		put(&f, 100, 0);
	f.stop_at = 2;
	assert_int_equal(bpf_ring_read(&f.ring, take, &f), -EINTR);
	assert_int_equal(f.read, 2);
	read_all(&f);
	unmake(&f);
}

static void little_of_a_large_ring_is_mapped(void **state)
{
	struct fake f;

	make(&f, 4 * 1024 * 1024, 0);
	put(&f, 100, 0);
	read_all(&f);
	assert_in_range(f.ring.records.size, 1024 * 1024, 2 * 1024 * 1024);
	unmake(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_is_read_once),
		cmocka_unit_test(discarded_ones_are_passed_over),
		cmocka_unit_test(one_that_is_being_written_is_waited_for),
		cmocka_unit_test(an_error_ends_the_reading_behind_its_record),
		cmocka_unit_test(little_of_a_large_ring_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
