/*-------------------------------------------------------------------------
 *
 * ccx.c
 *	  Module magic, and nothing else: ccx has no hooks, no settings, no
 *	  background workers and no shared memory.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

PG_MODULE_MAGIC;
