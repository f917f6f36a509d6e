// SPDX-License-Identifier: BSD-2-Clause
/* unnamed.c - see unnamed.h. */
#include "profiler/report/unnamed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "profiler/array.h"
#include "profiler/json.h"
#include "profiler/log.h"
#include "profiler/report/distro.h"

#define SHOWN	     4	 /* files in the summary */
#define REMEDIES     3	 /* at the most so many of them with what to do */
#define WORTH_SAYING 0.5 /* percent of the frames that make a remedy worth a line */
#define PATH_COLUMNS 200
#define HINT_SIZE    1024

static const struct {
	const char *what;   /* stands behind the file's name, or alone; NULL: sym_reason_name() */
	const char *remedy; /* the file's path replaces its %s; NULL: nothing helps */
} texts[SYM_REASON_CNT] = {
	[SYM_UNMAPPED] = { "in no mapping", NULL },
	[SYM_ANONYMOUS] = { "generated code that no perf map names",
			    "have the runtime write /tmp/perf-PID.map (node --perf-basic-prof, "
			    "java -XX:+DumpPerfMapAtExit, python3 -X perf)" },
	[SYM_NO_FILE] = { "could not be opened",
			  "%s was gone before it was read, or is not ours to read (run as root)" },
	[SYM_BAD_ELF] = { "is not an ELF file, or a damaged one", NULL },
	[SYM_STRIPPED] = { "stripped",
			   "install the debug symbols of %s (its -dbgsym or -debuginfo package) or "
			   "set DEBUGINFOD_URLS" },
	[SYM_NO_SYMBOL] = { "without a symbol there", "install the debug symbols of %s (its "
						      "-dbgsym or -debuginfo package) or "
						      "set DEBUGINFOD_URLS" },
	[SYM_GONE] = { "ended before it was read", NULL },
	[SYM_NO_TIME] = { "not looked up, as the report was cut short",
			  "a longer --report-timeout names more" },
	[SYM_FOREIGN] = { "in another pid namespace", "run wick outside of this container to name "
						      "the processes outside of it" },
};

static uint64_t hash_file(const char *path, enum sym_reason reason)
{
	uint64_t hash = (uint64_t)reason + 1;

	for (; path && *path; path++)
		hash = (hash ^ (unsigned char)*path) *
		       0x9e3779b97f4a7c15ULL; /* 2^64 / golden ratio */
	return hash ^ hash >> 32;
}

static bool same_path(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static struct unnamed_file *find_file(const struct unnamed *u, uint64_t hash, const char *path,
				      enum sym_reason reason)
{
	size_t at = 0;
	uint32_t i;

	while (id_map_next(&u->index, hash, &at, &i)) {
		if (u->files[i].reason == reason && same_path(u->files[i].path, path))
			return &u->files[i];
	}
	return NULL;
}

int unnamed_add(struct unnamed *u, const char *path, enum sym_reason reason, uint64_t cnt)
{
	uint64_t hash = hash_file(path, reason);
	struct unnamed_file *file = find_file(u, hash, path, reason);
	int err;

	if (!file) {
		err = array_reserve(&u->files, sizeof(*u->files), &u->cap, u->cnt + 1);
		if (!err)
			err = id_map_add(&u->index, hash, (uint32_t)u->cnt);
		if (err)
			return err;
		file = &u->files[u->cnt++];
		*file = (struct unnamed_file){ .path = path, .reason = reason };
	}
	file->cnt += cnt;
	return 0;
}

void unnamed_fini(struct unnamed *u)
{
	free(u->files);
	id_map_fini(&u->index);
	*u = (struct unnamed){ 0 };
}

static int compare_files(const void *pa, const void *pb)
{
	const struct unnamed_file *a = pa, *b = pb;

	if (a->cnt != b->cnt)
		return a->cnt < b->cnt ? 1 : -1;
	if (a->reason != b->reason)
		return a->reason < b->reason ? -1 : 1;
	return strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

void unnamed_sort(struct unnamed *u)
{
	if (u->cnt)
		qsort(u->files, u->cnt, sizeof(*u->files), compare_files);
}

void unnamed_write_json(const struct unnamed *u, FILE *f)
{
	putc('[', f);
	for (size_t i = 0; i < u->cnt; i++) {
		fputs(i ? ", {\"file\": " : "{\"file\": ", f);
		if (u->files[i].path)
			json_put_string(u->files[i].path, f);
		else
			fputs("null", f);
		fprintf(f, ", \"reason\": \"%s\", \"frames\": %" PRIu64 "}",
			sym_reason_name(u->files[i].reason), u->files[i].cnt);
	}
	putc(']', f);
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static const char *what_of(const struct unnamed_file *file)
{
	const char *what = texts[file->reason].what;

	return what ? what : sym_reason_name(file->reason);
}

static bool lacks_symbols(const struct unnamed_file *file)
{
	return file->path && (file->reason == SYM_STRIPPED || file->reason == SYM_NO_SYMBOL);
}

static void print_remedy(const struct unnamed *u, const struct unnamed_file *file)
{
	const char *remedy = texts[file->reason].remedy,
		   *hole = remedy ? strstr(remedy, "%s") : NULL;
	char path[PATH_COLUMNS], hint[HINT_SIZE];

	if (u->distro && lacks_symbols(file)) {
		distro_hint(u->distro, file->path, hint, sizeof(hint));
		log_print(LOG_NORMAL, "    %s", hint);
		return;
	}
	if (!remedy)
		return;
	if (!hole) {
		log_print(LOG_NORMAL, "    %s", remedy);
		return;
	}
	if (!file->path)
		return;
	log_print(LOG_NORMAL, "    %.*s%s%s", (int)(hole - remedy), remedy,
		  log_printable(file->path, path, sizeof(path)), hole + 2);
}

void unnamed_print(const struct unnamed *u, uint64_t user_frames)
{
	char list[1024] = "", name[PATH_COLUMNS];
	uint64_t sum = 0;
	size_t len = 0, shown = u->cnt < SHOWN ? u->cnt : SHOWN;

	if (!u->cnt || !user_frames)
		return;
	for (size_t i = 0; i < u->cnt; i++)
		sum += u->files[i].cnt;
	for (size_t i = 0; i < shown && len < sizeof(list); i++) {
		const struct unnamed_file *file = &u->files[i];

		len += (size_t)snprintf(
			list + len, sizeof(list) - len, "%s%s%s%s (%.2f %%)", i ? ", " : "",
			file->path ? log_printable(base_of(file->path), name, sizeof(name)) : "",
			file->path ? " " : "", what_of(file),
			100.0 * (double)file->cnt / (double)user_frames);
	}
	log_print(LOG_NORMAL, "  %.2f %% of user frames have no name: %s%s",
		  100.0 * (double)sum / (double)user_frames, list,
		  u->cnt > SHOWN ? ", and others: see --stats" : "");
	for (size_t i = 0; i < shown && i < REMEDIES; i++) {
		const struct unnamed_file *file = &u->files[i];

		if (100.0 * (double)file->cnt >= WORTH_SAYING * (double)user_frames)
			print_remedy(u, file);
	}
}
