// SPDX-License-Identifier: BSD-2-Clause
/*
 * lazy.c - a library whose calls are bound at the first one: frames.c loads it
 * again and again.
 */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

unsigned long lazy(const char *text);

unsigned long lazy(const char *text)
{
	wchar_t wide[8] = L"lazy";
	unsigned long sum = 0;

	sum += strlen(text) + strnlen(text, 4) + strspn(text, "fl") + strcspn(text, "z");
	sum += (unsigned long)atol(text) + strtoul(text, NULL, 16);
	sum += (unsigned long)strtol(text, NULL, 8);
	sum += strchr(text, 'a') != NULL;
	sum += strrchr(text, 'a') != NULL;
	sum += strstr(text, "az") != NULL;
	sum += strpbrk(text, "yz") != NULL;
	sum += memchr(text, 'y', 3) != NULL;
	sum += (unsigned long)strcasecmp(text, "LAZY") + (unsigned long)strcoll(text, "lazy");
	sum += wcslen(wide) + (unsigned long)wcscmp(wide, L"lazy") + wcsspn(wide, L"la");
	return sum;
}
