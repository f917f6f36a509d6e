// SPDX-License-Identifier: BSD-2-Clause
/*
 * server.c - a debuginfod server as one does not want it, on 127.0.0.1.
 *
 *	server hang		accepts, and says nothing
 *	server FILE		answers every question with FILE
 *
 * prints its port.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_here(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&address, &len)) {
		perror("server");
		exit(1);
	}
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void send_file(int fd, const char *path)
{
	char bytes[65536];
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f || recv(fd, bytes, sizeof(bytes), 0) <= 0)
		return;
	fseek(f, 0, SEEK_END);
	len = (size_t)snprintf(bytes, sizeof(bytes),
			       "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
			       "Content-Length: %ld\r\nConnection: close\r\n\r\n",
			       ftell(f));
	rewind(f);
	do {
		if (send(fd, bytes, len, MSG_NOSIGNAL) < 0)
			break;
		len = fread(bytes, 1, sizeof(bytes), f);
	} while (len);
	fclose(f);
}

int main(int argc, char **argv)
{
	int fd = listen_here(), hang = argc < 2 || !strcmp(argv[1], "hang");

	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client >= 0 && !hang) {
			send_file(client, argv[1]);
			close(client);
		}
	}
}
