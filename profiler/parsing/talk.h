/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * talk.h - what is said to one parser process, and heard from it, while it is watched.
 *
 * Source:    protocol.h, message.h.
 * Ownership: talk_stop() ends the process; files that were heard are the caller's to close.
 * Errors:    0 or a negative errno, those of zygote.h, watch.h and message.h.
 * Threads:   one.
 */
#ifndef PROFILER_PARSING_TALK_H
#define PROFILER_PARSING_TALK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "profiler/guard/message.h"
#include "profiler/parsing/protocol.h"
#include "profiler/parsing/watch.h"
#include "profiler/parsing/zygote.h"

struct talk {
	struct zygote *zygote;
	int socket; /* -1: there is no process */
	pid_t pid;
	struct watch watch; /* the caller begins it */
	struct message m;   /* what was heard last, or is to be said */
};

/* Start the process, unless there is one; end it, if there is one. */
int talk_start(struct talk *talk);
void talk_stop(struct talk *talk);

/* Say LEN bytes, which are in the message if BYTES is NULL, with the message's files. */
int talk_say(struct talk *talk, enum protocol_kind kind, const void *bytes, size_t len);

/* Hear the next message; the second one takes no files. */
int talk_hear(struct talk *talk);
int talk_hear_bytes(struct talk *talk);

/*
 * What the error SAID by a parser is here.  Memory that it has not got is what its file takes too much
 * of, and no lack of ours.
 */
int talk_error(int32_t said);

#endif /* PROFILER_PARSING_TALK_H */
