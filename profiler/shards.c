// SPDX-License-Identifier: BSD-2-Clause
/* shards.c - see shards.h. */
#include "profiler/shards.h"
#include "profiler/pool.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SHARD_BYTES   (UNWIND_SHARD_ROWS * sizeof(struct unwind_row))
#define SHARDS_MAPPED 4 /* at a time: all of a mapped BPF array counts as our memory */

struct shard {
	int fd;
	struct unwind_row *rows; /* NULL: not mapped at the moment */
	uint64_t used;		 /* a count of uses, to unmap the oldest first */
};

struct shards {
	int map_fd;
	struct shard shards[UNWIND_SHARDS];
	size_t cnt, max, mapped_cnt;
	uint64_t uses;
	struct pool rows;
};

static int add_shard(struct shards *s)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	struct shard *shard = &s->shards[s->cnt];
	__u32 index = (__u32)s->cnt;
	int err = 0;

	if (s->cnt == s->max)
		return -ENOSPC;
	shard->fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "rows", sizeof(__u32),
				   sizeof(struct unwind_row), UNWIND_SHARD_ROWS, &opts);
	if (shard->fd < 0)
		return shard->fd;
	if (bpf_map_update_elem(s->map_fd, &index, &shard->fd, BPF_ANY))
		err = -errno;
	if (!err)
		err = pool_give(&s->rows, index << UNWIND_SHARD_BITS, UNWIND_SHARD_ROWS);
	if (err) {
		close(shard->fd);
		return err;
	}
	s->cnt++;
	return 0;
}

int shards_take(struct shards *s, uint32_t cnt, uint32_t *first)
{
	int err = pool_take(&s->rows, cnt, first);

	if (err != -ENOSPC)
		return err;
	err = add_shard(s);
	return err ? err : pool_take(&s->rows, cnt, first);
}

void shards_give(struct shards *s, uint32_t first, uint32_t cnt)
{
	pool_give(&s->rows, first, cnt);
}

static void unmap_oldest(struct shards *s)
{
	struct shard *oldest = NULL;

	for (size_t i = 0; i < s->cnt; i++) {
		if (s->shards[i].rows && (!oldest || s->shards[i].used < oldest->used))
			oldest = &s->shards[i];
	}
	munmap(oldest->rows, SHARD_BYTES);
	oldest->rows = NULL;
	s->mapped_cnt--;
}

struct unwind_row *shards_rows(struct shards *s, uint32_t first)
{
	struct shard *shard = &s->shards[first >> UNWIND_SHARD_BITS];
	void *rows;

	shard->used = ++s->uses;
	if (!shard->rows) {
		if (s->mapped_cnt == SHARDS_MAPPED)
			unmap_oldest(s);
		rows = mmap(NULL, SHARD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, shard->fd, 0);
		if (rows == MAP_FAILED)
			return NULL;
		shard->rows = rows;
		s->mapped_cnt++;
	}
	return &shard->rows[first & (UNWIND_SHARD_ROWS - 1)];
}

size_t shards_bytes(const struct shards *s)
{
	return s->cnt * SHARD_BYTES;
}

int shards_open(int map_fd, size_t mem_max, struct shards **out)
{
	struct shards *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return -ENOMEM;
	s->map_fd = map_fd;
	s->max = mem_max / SHARD_BYTES;
	if (s->max > UNWIND_SHARDS)
		s->max = UNWIND_SHARDS;
	pool_init(&s->rows, UNWIND_SHARD_ROWS);
	return 0;
}

void shards_close(struct shards *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->cnt; i++) {
		if (s->shards[i].rows)
			munmap(s->shards[i].rows, SHARD_BYTES);
		close(s->shards[i].fd);
	}
	pool_fini(&s->rows);
	free(s);
}
