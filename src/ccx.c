/*-------------------------------------------------------------------------
 *
 * ccx.c
 *	  Module magic and what happens when the module is loaded: ccx has no
 *	  settings, no background workers and no shared memory, and of hooks only
 *	  those that clean up behind a transaction.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "customer_table.h"

PG_MODULE_MAGIC;

extern void _PG_init(void);

void
_PG_init(void)
{
	customer_table_init();
}
