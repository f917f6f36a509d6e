/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parser_process.h - what runs in a parser: the only process that looks into foreign files.
 *
 * It has no file system, no network, no capability, and can signal nobody; what it is to read comes
 * open from the asker, who opens other files for it if it may have them.  If what it reads takes it
 * over, that can lie about the file's names and nothing else.
 *
 * Source:    protocol.h.
 * Errors:    a file that cannot be read is an answer; when the asker is gone it exits.
 */
#ifndef PROFILER_PARSING_PARSER_PROCESS_H
#define PROFILER_PARSING_PARSER_PROCESS_H

/* Give everything up, and serve; a function for zygote_open(). */
void parser_process_run(int socket);

/* Serve what is asked at SOCKET until its end, or until it makes no sense. */
void parser_process_serve(int socket);

#endif /* PROFILER_PARSING_PARSER_PROCESS_H */
