/*-------------------------------------------------------------------------
 *
 * option.h
 *	  Options of aggregates: arguments that have one value for all rows of a
 *	  group.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_OPTION_H
#define CCX_OPTION_H

/* Is this text argument these bytes? */
static inline bool
option_is(const text *given, const char *data, int size)
{
	return (int) VARSIZE_ANY_EXHDR(given) == size &&
		memcmp(VARDATA_ANY(given), data, size) == 0;
}

/* The number of the name that a text argument is, or -1. */
static inline int
option_find(const text *given, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (option_is(given, names[i], strlen(names[i])))
			return i;
	}
	return -1;
}

/* problem: "is NULL", or "changes from row to row" */
pg_noreturn extern void report_option(const char *name, const char *problem);

#endif							/* CCX_OPTION_H */
