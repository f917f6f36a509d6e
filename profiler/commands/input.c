// SPDX-License-Identifier: BSD-2-Clause
/* input.c - see input.h. */
#include "profiler/commands/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "flamegraph/formats.h"
#include "flamegraph/profile.h"
#include "profiler/commands/file_kind.h"
#include "profiler/commands/recode.h"
#include "profiler/log.h"

static int unreadable(const char *path, int err)
{
	log_error("cannot read %s: %s%s", path, strerror(-err),
		  err == -EISDIR   ? " (name a file in it)"
		  : err == -ENOENT ? " (is it in another folder?)"
		  : err == -EACCES ? " (who may read it? see ls -l)"
				   : "");
	return err;
}

static void warn_cut(const char *path, uint64_t cnt)
{
	if (cnt)
		log_warn("%s: %llu stacks are deeper than %d frames and were cut", path,
			 (unsigned long long)cnt, PROFILE_MAX_DEPTH);
}

static void warn_empty(const char *path, uint64_t stack_cnt)
{
	if (!stack_cnt)
		log_warn("%s is empty: the picture will be too", path);
}

/* A flame chart keeps the order of stacks; an input that is not UTF-8 is made so first. */
static int read_stacks(const struct input *input, FILE *f, struct profile *profile,
		       struct folded_result *result)
{
	FILE *recoded = NULL;
	int err = input->encoding ? recode_to_utf8(f, input->encoding, &recoded) : 0;

	if (recoded)
		f = recoded;
	if (!err)
		err = input->by_time ? folded_read_by_time(profile, f, result)
				     : folded_read(profile, f, result);
	if (recoded)
		fclose(recoded);
	return err;
}

static int read_folded(const struct input *input, const char *path, FILE *f,
		       struct profile *profile)
{
	struct folded_result result;
	int err = read_stacks(input, f, profile, &result);

	if (err)
		return unreadable(path, err);
	if (!result.stack_cnt && result.bad_cnt) {
		log_error("%s has no folded stacks (`a;b;c 12`): line %llu %s", path,
			  (unsigned long long)result.first_bad,
			  folded_fault_text(result.first_fault));
		return -EINVAL;
	}
	if (result.bad_cnt)
		log_warn("%s: %llu of %llu lines skipped; line %llu %s", path,
			 (unsigned long long)result.bad_cnt, (unsigned long long)result.line_cnt,
			 (unsigned long long)result.first_bad,
			 folded_fault_text(result.first_fault));
	warn_cut(path, result.cut_cnt);
	warn_empty(path, result.stack_cnt);
	return 0;
}

static int read_pprof(const char *path, FILE *f, struct profile *profile)
{
	struct pprof_result result;
	int err = pprof_read(profile, f, &result);

	if (err == -EBADMSG) {
		log_error("%s %s%s", path, pprof_fault_text(result.fault),
			  result.fault == PPROF_NO_MESSAGE
				  ? " (if it is another profile that gzip has compressed: gzip -dc "
				    "FILE | wick flamegraph -)"
				  : "");
		return err;
	}
	if (err)
		return unreadable(path, err);
	if (!result.sample_cnt && result.bad_cnt) {
		log_error("%s has no sample that can be used: the last one %s", path,
			  pprof_fault_text(result.fault));
		return -EINVAL;
	}
	if (result.bad_cnt)
		log_warn("%s: %llu samples skipped; the last of them %s", path,
			 (unsigned long long)result.bad_cnt, pprof_fault_text(result.fault));
	warn_cut(path, result.cut_cnt);
	warn_empty(path, result.sample_cnt);
	return 0;
}

static int read_perf(struct input *input, const char *path, FILE *f, struct profile *profile)
{
	const struct perf_opts opts = {
		.event = *input->event ? input->event : NULL,
		.per_process = input->per_process,
		.per_thread = input->per_thread,
		.count_samples = input->count_samples,
	};
	struct perf_result result;
	int err = perf_script_read(profile, &opts, f, &result);

	if (err)
		return unreadable(path, err);
	if (!result.sample_cnt && result.bad_cnt) {
		log_error("%s is not the text of `perf script`: line %llu is neither an event nor "
			  "a frame",
			  path, (unsigned long long)result.first_bad);
		return -EINVAL;
	}
	if (result.bad_cnt)
		log_warn(
			"%s: %llu of %llu lines skipped; line %llu is neither an event nor a frame",
			path, (unsigned long long)result.bad_cnt,
			(unsigned long long)result.line_cnt, (unsigned long long)result.first_bad);
	if (result.is_cut_off)
		log_warn("%s ends without the blank line behind its last sample, which is left out",
			 path);
	if (result.other_cnt)
		log_warn("%s: only the event %s is used; %llu samples of other events are left out",
			 path, result.event, (unsigned long long)result.other_cnt);
	warn_cut(path, result.cut_cnt);
	warn_empty(path, result.sample_cnt + result.other_cnt + result.is_cut_off);
	snprintf(input->event, sizeof(input->event), "%s", result.event);
	return 0;
}

/* Nobody wants a picture of a program. */
static int refuse_kind(const struct input *input, const char *path, FILE *f)
{
	bool is_text = input->from == INPUT_FOLDED || input->from == INPUT_PERF;
	const struct file_kind *kind;

	if (input->encoding || input->from == INPUT_PPROF || (!is_text && pprof_detect(f)))
		return 0;
	kind = file_kind_detect(f);
	if (!kind)
		return 0;
	log_error("%s is %s, not a profile (%s)", path, kind->what, kind->remedy);
	return -EINVAL;
}

static int read_stream(struct input *input, const char *path, FILE *f, struct profile *profile)
{
	switch (input->from) {
	case INPUT_PERF:
		return read_perf(input, path, f, profile);
	case INPUT_PPROF:
		return read_pprof(path, f, profile);
	case INPUT_FOLDED:
		return read_folded(input, path, f, profile);
	default:
		return pprof_detect(f) ? read_pprof(path, f, profile)
				       : read_folded(input, path, f, profile);
	}
}

int input_read(struct input *input, const char *name, struct profile *profile)
{
	bool from_stdin = !strcmp(name, "-");
	const char *path = from_stdin ? "stdin" : name;
	FILE *f = from_stdin ? stdin : fopen(name, "re");
	int err;

	if (!f)
		return unreadable(path, -errno);
	err = refuse_kind(input, path, f);
	if (!err)
		err = read_stream(input, path, f, profile);
	if (!from_stdin)
		fclose(f);
	return err;
}
