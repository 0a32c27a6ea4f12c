/*-------------------------------------------------------------------------
 *
 * customer_table.c
 *	  The engine behind one-pass aggregates per customer: see customer_table.h.
 *
 * The table
 * ---------
 * Each group has an open-addressed hash table with the payloads in its slots.
 * A slot's place is given by the upper bits of the hash and entries move only
 * upwards from there, so that going through the table is going through the
 * hashes in ascending order, but for neighbours.  That makes everything else
 * simple: growing, spilling, sending and merging are all sequential.
 *
 * A row is not looked up when it comes: its slot is prefetched and it goes to a
 * batch, and when the batch is full the slots of all its rows are found, and
 * then given to the metric in one call.  The waits for memory overlap.  (Measured
 * with 10 M rows of 400 k and of 6 M customers, this is as quick as splitting
 * the rows into partitions that fit the cache, or quicker, and needs neither the
 * buffers nor the second copy of each row.  With larger batches, one for each
 * range of hashes, it is slower.)
 *
 * Keys of up to eight bytes and uuids are not stored: their hash is a
 * bijection, and stands for the key.  Text keys of deterministic collations
 * are compared as bytes.  Keys of all other types are hashed and compared by
 * the default operator classes of their type; of equal ones that differ in their
 * bytes the least is kept, so that the order of rows does not show.
 *
 * A batch, and memory to allocate from, belong to an arena: all groups of one
 * aggregate call that share an executor's memory context.  So a group is small
 * as long as it has few customers.  Arenas go with that memory context.
 *
 * Memory
 * ------
 * The limit is that of a hash table of the server, work_mem times
 * hash_mem_multiplier, for all groups and all keyed aggregates of one plan node
 * together.  They find one another by the node they are called from
 * (fcinfo->context), as fn_extra is one call's only, and not even that
 * everywhere.  A table that must grow beyond the limit makes room first: the
 * largest tables are written out, sorted by hash, as runs of one temporary file
 * per arena, and begin again empty.  When a group is finished, its runs and
 * what it has in memory are merged; customers come out one after the other,
 * so that no further memory is needed however many there are.  Many runs are
 * merged to longer ones from time to time.
 *
 * Finishing leaves the state as it was in all but the order of rows, so it may
 * be done again, as for each row of a window.
 *
 * Partial states of parallel workers
 * ----------------------------------
 * Keyed aggregates have a combine function.  A partial state of moderate size
 * is serialized as a whole.  A larger one, be it in memory or in files, does
 * not have to fit a datum of 1 GB: it travels by reference.
 *
 *	- The worker merges it into one run, sorted by hash, in a file of a FileSet,
 *	  and serializes only its name.  A FileSet is just a folder named after a
 *	  process and a number.  Ours is named after the leader of the parallel
 *	  query and UINT_MAX, which is beyond the counter of FileSetInit().
 *	- Such files are closed, but not deleted, when the worker exits.
 *	- The leader adds the file to the runs of the group, and merges them all
 *	  when the group is finished.  It cannot delete a file at once: below a
 *	  GroupAggregate a Sort keeps partial states to be read again on a rescan.
 *	  Where the Gather is directly below they go with the arena; otherwise at
 *	  the end of the query.
 *	- A reference may never reach the leader: an error, a cancel, a LIMIT.  So
 *	  the module has a transaction callback, which deletes the folder at the end
 *	  of the leader's transaction, in an aborted subtransaction, too.  Workers
 *	  have exited by then, whatever happened.  The leader has loaded the module
 *	  when it started the executor, even if it calls none of its functions
 *	  itself; nothing needs to be preloaded.  The check costs one stat().
 *	- The files lie in temp_tablespaces.  Those are not known any more when a
 *	  transaction has failed, so the folder in the default tablespace, which is
 *	  the one looked for, holds an empty file for each other tablespace used.
 *	- After a crash the server removes the folders, as their names begin as
 *	  those of all temporary files.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_tablespace_d.h"
#include "catalog/pg_type.h"
#include "commands/tablespace.h"
#include "customer_table.h"
#include "executor/executor.h"
#include "executor/nodeHash.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/buffile.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/typcache.h"
#include "utils/uuid.h"

/* rows looked up together */
#define BATCH_ROWS		64

/* room for keys that a row has to copy, to begin with */
#define BATCH_KEY_ROOM	16384

/* bytes of the first slots of a group, just a chunk of palloc() */
#define FIRST_SLOTS_SIZE	128

/* slots at the end that no hash leads to, where there are many */
#define END_SLOTS		1024

/* a group with less memory than this is not spilled */
#define SPILL_MIN_SIZE	1024

/* memory in pieces of this size is put into large pages */
#define HUGE_PAGES_MIN	(4 * 1024 * 1024)

/* partial states of that many customers may be kept as they are */
#define RUN_MIN_ENTRIES 4096

/* written to files in pieces of this size */
#define WRITE_SIZE		65536

/* a partial state up to this size is always sent as a whole, and one above never */
#define INLINE_MIN_SIZE (1024 * 1024)
#define INLINE_MAX_SIZE (64 * 1024 * 1024)

/* number of our FileSet, beyond what FileSetInit() gives */
#define FILESET_NUMBER	PG_UINT32_MAX

/* names in it */
#define FILE_NAME_SIZE	32
#define MARKER_PREFIX	"tablespace."

/* of the serialized form */
#define PARTIAL_VERSION 1

/* how a key is kept */
typedef enum KeyKind
{
	KEY_INT,					/* up to 64 bits, told by the hash alone */
	KEY_PAIR,					/* 128 bits, told by the hash and the key */
	KEY_BYTES,					/* key points to KeyBytes, compared as such */
	KEY_VALUE,					/* key is a datum passed by value */
	KEY_DATUM					/* key points to KeyBytes, which are a datum */
} KeyKind;

/* Bytes of a key, aligned for every type. */
typedef struct KeyBytes
{
	uint64		size;
	char		data[FLEXIBLE_ARRAY_MEMBER];
} KeyBytes;

/*
 * What slots of one group point to.  Small pieces have no header and no
 * rounding to a power of two, as most groups have as many pieces as customers;
 * all are freed at once when the group is spilled.
 */
typedef struct HeapBlock
{
	struct HeapBlock *next;
	Size		size;
} HeapBlock;

typedef struct HeapPiece
{
	struct HeapPiece *next;
} HeapPiece;

typedef struct HeapLarge
{
	struct HeapLarge *next;
	struct HeapLarge *previous;
} HeapLarge;

#define HEAP_UNIT		8
#define HEAP_MAX_PIECE	1024	/* larger ones are palloc()ed */
#define HEAP_MAX_BLOCK	65536	/* of a small group */

struct CustomerHeap
{
	HeapBlock  *blocks;
	char	   *next;			/* of the newest block, what is left */
	char	   *end;
	HeapLarge  *large;
	HeapPiece **free;			/* by size, NULL while the group is small */
};

/* Entries in ascending order of hash: in memory, or a part of the arena's file. */
typedef struct Run
{
	char	   *data;			/* NULL: in the file */
	uint64		offset;			/* in the file */
	uint64		size;
	int			level;			/* how often it was merged */
} Run;

/* The same as a file of its own, made by a worker. */
typedef struct FileRun
{
	FileSet		set;
	char		name[FILE_NAME_SIZE];
	uint64		size;
} FileRun;

struct CustomerSpill
{
	Run		   *runs;
	int			nruns;
	int			runs_room;
	FileRun    *files;
	int			nfiles;
	int			files_room;
};

/* A file to be deleted when nobody can need it any more. */
typedef struct UsedFile
{
	struct UsedFile *next;
	FileSet		set;
	char		name[FILE_NAME_SIZE];
} UsedFile;

/* What all keyed aggregates of a plan node have in common. */
typedef struct CustomerControl
{
	Node	   *node;
	struct CustomerControl *next;
	Size		limit;
	Size		used;
	int			fan_in;			/* runs merged at a time */
	Size		read_size;		/* bytes read at a time from each */
	bool		delete_early;	/* partial states are read only once */
	CustomerArena *arenas;
	MemoryContext context;
	UsedFile   *files;
	MemoryContextCallback callback;
} CustomerControl;

struct CustomerArena
{
	CustomerControl *control;
	CustomerArena *next;		/* of the control */
	MemoryContext aggcontext;	/* identifies it, with the next three */
	const CustomerOps *ops;
	Oid			type;
	Oid			collation;

	MemoryContext context;
	MemoryContextCallback callback;
	Size		memory;
	CustomerTable *tables;
	UsedFile   *files;
	void	   *shared;			/* the metric's own */

	/* keys */
	KeyKind		kind;
	int			key_width;		/* bytes of a kind passed by value */
	int16		typlen;
	bool		typbyval;
	bool		hash_extended;
	FmgrInfo	hash_function;
	FmgrInfo	equal_function;
	FmgrInfo	output_function;	/* looked up when first needed */

	/* slots: hash, key unless the hash is the key, payload */
	bool		points;			/* to keys or else, which are worth a prefetch */
	Size		head_size;
	Size		slot_size;

	/* the batch */
	int			nrows;
	CustomerRow *rows;
	char	   *inputs;
	void	  **payloads;		/* or, before, the slots where they may be */
	char	   *key_room;
	Size		key_room_size;
	Size		key_room_used;

	/* spilled runs */
	BufFile    *file;
	uint64		file_size;
	bool		file_lost;
	ResourceOwner file_owner;
	dlist_node	open_node;		/* among those with a file */
	CustomerBuffer out;
};

/* An entry as it is written: hash, key, payload. */
typedef struct Entry
{
	uint64		hash;
	uint64		key;			/* not for KEY_INT */
	const char *key_data;		/* for kinds with KeyBytes; may be unaligned */
	uint32		key_size;
	const char *payload;
	uint32		payload_size;
} Entry;

/* Entries in ascending order of hash, from wherever. */
typedef struct Stream
{
	Entry		entry;			/* the next one */
	CustomerTable *table;		/* in memory, or else NULL */
	uint64		slot;
	CustomerBuffer packed;
	BufFile    *file;
	bool		close;
	uint64		offset;			/* of what is not read yet */
	uint64		left;
	char	   *data;
	Size		room;
	Size		start;
	Size		end;
} Stream;

/* One or more customers with the same hash. */
typedef struct MergedCustomer
{
	Entry		key;
	KeyBytes   *bytes;
	void	   *payload;
} MergedCustomer;

/* What becomes of merged customers. */
typedef void (*MergeSink) (void *arg, const CustomerTable *table,
						   const Entry *key, const void *payload);

/* One of the visitors is NULL. */
typedef struct ScanSink
{
	CustomerVisitor visitor;
	CustomerKeyVisitor key_visitor;
	void	   *arg;
} ScanSink;

typedef struct WriteSink
{
	MemoryContext context;
	BufFile    *file;
	CustomerBuffer buffer;
	Size		head_size;		/* of the buffer that is not entries */
	Size		limit;			/* of the buffer, then it goes to a file */
	uint64		written;
	uint64		entries;
	FileRun		run;
} WriteSink;

/* Fixed part of a serialized state, after the metric's. */
typedef struct PartialHeader
{
	uint8		version;
	uint8		by_reference;
	Oid			type;
	Oid			collation;
	uint64		entries;
} PartialHeader;

/* these do not influence results: who is there to share a limit, or to clean up */
static CustomerControl *controls = NULL;
static dlist_head open_arenas = DLIST_STATIC_INIT(open_arenas);
static uint32 file_counter = 0;

/* the slots of a table that has none yet */
static const uint64 no_slots[4] = {0};

static void flush_batch(CustomerArena *arena);
static void make_room(CustomerArena *arena);
static void spill_table(CustomerTable *table, bool keep_slots);
static void merge_streams(CustomerTable *table, Stream *streams, int nstreams,
						  MergeSink sink, void *arg);
static void sink_write(void *arg, const CustomerTable *table, const Entry *key,
					   const void *payload);
static void sink_flush(WriteSink *sink);

#define SLOT_HASH(slot) (*(uint64 *) (slot))
#define SLOT_KEY(slot)	(((uint64 *) (slot))[1])
#define PAYLOAD_TAG(payload) (*(uint32 *) (payload))

/* the place of a hash among `range' slots */
#define PLACE(hash, range) ((uint64) (((uint128) (hash) * (range)) >> 64))

/* ----------
 * Hashes
 * ----------
 */

/* a bijection */
static inline uint64
mix(uint64 x)
{
	x ^= x >> 32;
	x *= UINT64CONST(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64CONST(0xd6e8feb86659fd93);
	x ^= x >> 32;
	return x;
}

/* the inverse of mix() */
static inline uint64
unmix(uint64 x)
{
	x ^= x >> 32;
	x *= UINT64CONST(0xcfee444d8b59a89b);
	x ^= x >> 32;
	x *= UINT64CONST(0xcfee444d8b59a89b);
	x ^= x >> 32;
	return x;
}

static inline uint64
fold(uint64 a, uint64 b)
{
	uint128		product = (uint128) a * b;

	return (uint64) product ^ (uint64) (product >> 64);
}

static inline uint64
load(const char *data)
{
	uint64		result;

	memcpy(&result, data, sizeof(result));
	return result;
}

static uint64
hash_bytes64(const char *data, Size size)
{
	uint64		hash = mix(size);
	uint64		a = 0;
	uint64		b = 0;

	if (size >= 8)
	{
		const char *end = data + size;

		for (; end - data > 16; data += 16)
			hash = fold(load(data) ^ UINT64CONST(0xa0761d6478bd642f),
						load(data + 8) ^ hash);
		/* the last bytes, some of them perhaps once more */
		b = load(end - 8);
		if (size >= 16)
			a = load(end - 16);
		else
			a = load(data);
	}
	else
	{
		for (Size i = 0; i < size; i++)
			a = a << 8 | (unsigned char) data[i];
	}
	return mix(fold(a ^ UINT64CONST(0xe7037ed1a0b428db), b ^ hash));
}

/* ----------
 * Temporary files of partial states
 * ----------
 */

static pid_t
leader_pid(void)
{
	return IsParallelWorker() && MyProc->lockGroupLeader != NULL ?
		MyProc->lockGroupLeader->pid : MyProcPid;
}

static void
fileset_fill(FileSet *set, Oid tablespace)
{
	memset(set, 0, sizeof(*set));
	set->creator_pid = leader_pid();
	set->number = FILESET_NUMBER;
	set->ntablespaces = 1;
	set->tablespaces[0] = tablespace;
}

/* A new file that the leader will find. */
static BufFile *
fileset_create_file(FileRun *run)
{
	Oid			tablespace;

	PrepareTempTablespaces();
	tablespace = GetNextTempTableSpace();
	if (!OidIsValid(tablespace))
		tablespace = MyDatabaseTableSpace;
	if (tablespace != DEFAULTTABLESPACE_OID)
	{
		FileSet		markers;
		char		name[FILE_NAME_SIZE];

		fileset_fill(&markers, DEFAULTTABLESPACE_OID);
		snprintf(name, sizeof(name), MARKER_PREFIX "%u", tablespace);
		FileClose(FileSetCreate(&markers, name));
	}
	fileset_fill(&run->set, tablespace);
	snprintf(run->name, sizeof(run->name), "%d.%u", MyProcPid, file_counter++);
	return BufFileCreateFileSet(&run->set, run->name);
}

/* Delete a file, without ever failing. */
static void
fileset_delete_file(UsedFile *file)
{
	for (int segment = 0;; segment++)
	{
		char		name[FILE_NAME_SIZE + 16];

		snprintf(name, sizeof(name), "%s.%d", file->name, segment);
		if (!FileSetDelete(&file->set, name, false))
			break;
	}
}

/*
 * Delete all files of this process's parallel queries.
 *
 * A worker must not: it runs a small transaction of its own when it starts,
 * while there may be files of workers that have finished.
 */
static void
fileset_clean_up(void)
{
	FileSet		set;
	char		folder[MAXPGPATH];
	char		path[MAXPGPATH];
	struct stat status;
	DIR		   *dir;
	struct dirent *item;

	if (IsParallelWorker())
		return;
	fileset_fill(&set, DEFAULTTABLESPACE_OID);

	/* the path that fileset.c makes */
	TempTablespacePath(folder, DEFAULTTABLESPACE_OID);
	snprintf(path, sizeof(path), "%s/%s%lu.%u.fileset", folder,
			 PG_TEMP_FILE_PREFIX, (unsigned long) set.creator_pid, set.number);
	if (stat(path, &status) != 0)
		return;

	dir = AllocateDir(path);
	while ((item = ReadDirExtended(dir, path, LOG)) != NULL)
	{
		if (strncmp(item->d_name, MARKER_PREFIX, strlen(MARKER_PREFIX)) == 0)
		{
			FileSet		other;

			fileset_fill(&other, (Oid) strtoul(item->d_name + strlen(MARKER_PREFIX), NULL, 10));
			FileSetDeleteAll(&other);
		}
	}
	if (dir != NULL)
		FreeDir(dir);
	FileSetDeleteAll(&set);
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT ||
		event == XACT_EVENT_PREPARE)
		fileset_clean_up();
}

/*
 * A subtransaction may be aborted and the transaction go on for long.  If it
 * was inside a parallel query, though, that one may still need its files.
 */
static void
at_subtransaction_end(SubXactEvent event, SubTransactionId id,
					  SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && !IsInParallelMode())
		fileset_clean_up();
}

/*
 * The files of a resource owner are about to be closed, or have been; after an
 * error that may well happen before our memory goes.
 */
static void
at_resource_release(ResourceReleasePhase phase, bool is_commit, bool is_top_level,
					void *arg)
{
	dlist_mutable_iter iter;

	if (likely(dlist_is_empty(&open_arenas)))
		return;
	dlist_foreach_modify(iter, &open_arenas)
	{
		CustomerArena *arena = dlist_container(CustomerArena, open_node, iter.cur);

		if (arena->file_owner == CurrentResourceOwner)
		{
			dlist_delete(&arena->open_node);
			arena->file = NULL;
			arena->file_lost = true;
		}
	}
}

/* When the module is loaded. */
void
customer_table_init(void)
{
	RegisterXactCallback(at_transaction_end, NULL);
	RegisterSubXactCallback(at_subtransaction_end, NULL);
	RegisterResourceReleaseCallback(at_resource_release, NULL);
}

/* ----------
 * Controls and arenas
 * ----------
 */

static void
delete_used_files(UsedFile *files)
{
	/* a failed transaction deletes them all */
	if (!IsTransactionState())
		return;
	for (; files != NULL; files = files->next)
		fileset_delete_file(files);
}

/* The memory of the executor goes; arenas are gone already. */
static void
control_reset(void *arg)
{
	CustomerControl *control = arg;

	for (CustomerControl **link = &controls; *link != NULL; link = &(*link)->next)
	{
		if (*link == control)
		{
			*link = control->next;
			break;
		}
	}
	delete_used_files(control->files);
}

static CustomerControl *
control_get(FunctionCallInfo fcinfo)
{
	CustomerControl *control;
	ScanState  *node = (ScanState *) fcinfo->context;
	PlanState  *below;
	Size		fan_in;

	for (control = controls; control != NULL; control = control->next)
	{
		if (control->node == fcinfo->context)
			return control;
	}

	control = MemoryContextAllocZero(node->ps.state->es_query_cxt, sizeof(*control));
	control->node = fcinfo->context;
	control->context = node->ps.state->es_query_cxt;
	control->limit = get_hash_memory_limit();
	fan_in = control->limit / 65536;
	control->fan_in = Max(Min(fan_in, 64), 8);
	control->read_size = control->limit / 4 / control->fan_in;
	control->read_size = Max(Min(control->read_size, 65536), 4096);
	below = outerPlanState(&node->ps);
	control->delete_early = below != NULL &&
		(IsA(below, GatherState) || IsA(below, GatherMergeState));
	control->callback.func = control_reset;
	control->callback.arg = control;
	control->next = controls;
	controls = control;
	MemoryContextRegisterResetCallback(control->context, &control->callback);
	return control;
}

/* The groups of an arena, and the memory they are in, go. */
static void
arena_reset(void *arg)
{
	CustomerArena *arena = arg;
	CustomerControl *control = arena->control;

	for (CustomerArena **link = &control->arenas; *link != NULL; link = &(*link)->next)
	{
		if (*link == arena)
		{
			*link = arena->next;
			break;
		}
	}
	control->used -= arena->memory;
	delete_used_files(arena->files);
	if (arena->file != NULL)
	{
		dlist_delete(&arena->open_node);
		/* after an error its resource owner closes it */
		if (IsTransactionState())
			BufFileClose(arena->file);
		arena->file = NULL;
	}
}

static void
report_type(Oid type, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 errmsg("could not identify %s for type %s", what, format_type_be(type)),
			 errdetail("Customers are told apart by hashing and comparing their key."),
			 errhint("Cast the key to text, or to another type that can be hashed.")));
}

/* Decide how to keep keys of the arena's type. */
static void
arena_set_type(CustomerArena *arena)
{
	TypeCacheEntry *entry;

	switch (arena->type)
	{
		case INT2OID:
			arena->kind = KEY_INT;
			arena->key_width = 2;
			return;
		case INT4OID:
			arena->kind = KEY_INT;
			arena->key_width = 4;
			return;
		case INT8OID:
			arena->kind = KEY_INT;
			arena->key_width = 8;
			return;
		case UUIDOID:
			arena->kind = KEY_PAIR;
			return;
		case TEXTOID:
		case VARCHAROID:
			/* without a collation the hash function complains */
			if (OidIsValid(arena->collation) &&
				get_collation_isdeterministic(arena->collation))
			{
				arena->kind = KEY_BYTES;
				return;
			}
			break;
		case BYTEAOID:
			arena->kind = KEY_BYTES;
			return;
	}

	entry = lookup_type_cache(arena->type, TYPECACHE_EQ_OPR | TYPECACHE_HASH_PROC |
							  TYPECACHE_HASH_EXTENDED_PROC);
	if (!OidIsValid(entry->eq_opr))
		report_type(arena->type, "an equality operator");
	if (!OidIsValid(entry->hash_proc))
		report_type(arena->type, "a hash function");
	fmgr_info_cxt(get_opcode(entry->eq_opr), &arena->equal_function, arena->context);
	arena->hash_extended = OidIsValid(entry->hash_extended_proc);
	fmgr_info_cxt(arena->hash_extended ? entry->hash_extended_proc : entry->hash_proc,
				  &arena->hash_function, arena->context);
	get_typlenbyval(arena->type, &arena->typlen, &arena->typbyval);
	arena->kind = arena->typbyval ? KEY_VALUE : KEY_DATUM;
}

static void
arena_account(CustomerArena *arena, Size size)
{
	arena->memory += size;
	arena->control->used += size;
}

static CustomerArena *
arena_get(FunctionCallInfo fcinfo, const CustomerOps *ops, Oid type, Oid collation)
{
	MemoryContext aggcontext;
	MemoryContext context;
	CustomerControl *control;
	CustomerArena *arena;
	char	   *room;

	if (!AggCheckCallContext(fcinfo, &aggcontext))
		elog(ERROR, "aggregate function called in non-aggregate context");

	control = control_get(fcinfo);
	for (arena = control->arenas; arena != NULL; arena = arena->next)
	{
		if (arena->aggcontext == aggcontext && arena->ops == ops &&
			arena->type == type && arena->collation == collation)
			return arena;
	}

	context = AllocSetContextCreate(aggcontext, "ccx customers", ALLOCSET_DEFAULT_SIZES);
	arena = MemoryContextAllocZero(context, sizeof(*arena));
	arena->control = control;
	arena->aggcontext = aggcontext;
	arena->ops = ops;
	arena->type = type;
	arena->collation = collation;
	arena->context = context;
	arena_set_type(arena);
	arena->points = arena->kind == KEY_BYTES || arena->kind == KEY_DATUM ||
		ops->prefetch != NULL;
	arena->head_size = arena->kind == KEY_INT ? sizeof(uint64) : 2 * sizeof(uint64);
	arena->slot_size = arena->head_size + ops->payload_size;

	room = MemoryContextAlloc(context, BATCH_ROWS *
							  (sizeof(CustomerRow) + sizeof(void *) + ops->input_size));
	arena->rows = (CustomerRow *) room;
	room += BATCH_ROWS * sizeof(CustomerRow);
	arena->payloads = (void **) room;
	room += BATCH_ROWS * sizeof(void *);
	arena->inputs = room;

	/* from here on it can be found, and goes properly */
	arena->next = control->arenas;
	control->arenas = arena;
	arena->callback.func = arena_reset;
	arena->callback.arg = arena;
	MemoryContextRegisterResetCallback(context, &arena->callback);
	arena_account(arena, MemoryContextMemAllocated(context, false));
	return arena;
}

/* ----------
 * Memory of a table
 * ----------
 */

static inline void
account_add(CustomerTable *table, void *pointer)
{
	Size		size = GetMemoryChunkSpace(pointer);

	table->memory += size;
	arena_account(table->arena, size);
}

static inline void
account_remove(CustomerTable *table, void *pointer)
{
	Size		size = GetMemoryChunkSpace(pointer);

	table->memory -= size;
	arena_account(table->arena, -size);
}

/*
 * Slots, and what they point to, are used at random: where there is much of it
 * and the system lets us, have it in large pages.
 */
static void
ask_for_large_pages(char *memory, Size size)
{
#ifdef MADV_HUGEPAGE
	if (size >= HUGE_PAGES_MIN)
	{
		char	   *start = (char *) TYPEALIGN(BLCKSZ, memory);

		(void) madvise(start, TYPEALIGN_DOWN(BLCKSZ, memory + size) - (uintptr_t) start,
					   MADV_HUGEPAGE);
	}
#endif
}

/* Remember a piece that is free, if it is worth it. */
static void
heap_keep(CustomerTable *table, void *pointer, Size size)
{
	CustomerHeap *heap = table->heap;
	HeapPiece  *piece = pointer;
	HeapPiece **list;

	if (heap->free == NULL)
	{
		if (table->memory < 8192)
			return;
		heap->free = MemoryContextAllocZero(table->arena->context,
											HEAP_MAX_PIECE / HEAP_UNIT * sizeof(HeapPiece *));
		account_add(table, heap->free);
	}
	list = &heap->free[size / HEAP_UNIT - 1];
	piece->next = *list;
	*list = piece;
}

void *
customer_alloc(CustomerTable *table, Size size)
{
	CustomerHeap *heap = table->heap;
	char	   *result;

	size = TYPEALIGN(HEAP_UNIT, Max(size, 1));
	if (unlikely(heap == NULL))
	{
		heap = table->heap = MemoryContextAllocZero(table->arena->context,
													sizeof(CustomerHeap));
		arena_account(table->arena, GetMemoryChunkSpace(heap));
	}

	if (unlikely(size > HEAP_MAX_PIECE))
	{
		HeapLarge  *large = MemoryContextAllocHuge(table->arena->context,
												   sizeof(HeapLarge) + size);

		account_add(table, large);
		large->previous = NULL;
		large->next = heap->large;
		if (large->next != NULL)
			large->next->previous = large;
		heap->large = large;
		return large + 1;
	}

	if (heap->free != NULL)
	{
		HeapPiece **list = &heap->free[size / HEAP_UNIT - 1];

		if (*list != NULL)
		{
			result = (char *) *list;
			*list = (*list)->next;
			return result;
		}
	}

	if (unlikely((Size) (heap->end - heap->next) < size))
	{
		HeapBlock  *block;
		Size		block_size = heap->blocks != NULL ? 2 * heap->blocks->size : 128;

		if (heap->end > heap->next)
			heap_keep(table, heap->next, heap->end - heap->next);
		block_size = Min(block_size, table->memory < HUGE_PAGES_MIN ? HEAP_MAX_BLOCK :
						 Min(2 * HUGE_PAGES_MIN, table->arena->control->limit / 16));
		while (block_size < TYPEALIGN(HEAP_UNIT, sizeof(HeapBlock)) + HEAP_UNIT + size)
			block_size *= 2;
		block = MemoryContextAlloc(table->arena->context, block_size);
		ask_for_large_pages((char *) block, block_size);
		account_add(table, block);
		block->size = block_size;
		block->next = heap->blocks;
		heap->blocks = block;
		heap->next = (char *) TYPEALIGN(HEAP_UNIT, (char *) (block + 1));
		heap->end = (char *) TYPEALIGN_DOWN(HEAP_UNIT, (char *) block + block_size);
	}
	result = heap->next;
	heap->next += size;
	return result;
}

void
customer_free(CustomerTable *table, void *pointer, Size size)
{
	size = TYPEALIGN(HEAP_UNIT, Max(size, 1));
	if (size > HEAP_MAX_PIECE)
	{
		HeapLarge  *large = (HeapLarge *) pointer - 1;

		if (large->next != NULL)
			large->next->previous = large->previous;
		if (large->previous != NULL)
			large->previous->next = large->next;
		else
			table->heap->large = large->next;
		account_remove(table, large);
		pfree(large);
	}
	else
		heap_keep(table, pointer, size);
}

/* Free all that slots point to. */
static void
heap_reset(CustomerTable *table)
{
	CustomerHeap *heap = table->heap;

	if (heap == NULL)
		return;
	while (heap->large != NULL)
		customer_free(table, heap->large + 1, HEAP_MAX_PIECE + 1);
	while (heap->blocks != NULL)
	{
		HeapBlock  *block = heap->blocks;

		heap->blocks = block->next;
		account_remove(table, block);
		pfree(block);
	}
	if (heap->free != NULL)
	{
		account_remove(table, heap->free);
		pfree(heap->free);
	}
	memset(heap, 0, sizeof(*heap));
}

/* A copy of a key, for as long as the customer is in the table. */
static KeyBytes *
keep_key(CustomerTable *table, const KeyBytes *key)
{
	Size		size = offsetof(KeyBytes, data) + key->size;

	return memcpy(customer_alloc(table, size), key, size);
}

static void
table_set_slots(CustomerTable *table, char *slots, Size size)
{
	table->slots = slots;
	table->nslots = size / table->arena->slot_size;

	/* the last ones are for hashes crowded at the end; searches end with one empty */
	table->range = table->nslots - Max(Min(table->nslots / 8, END_SLOTS), 1);
	table->max_used = Min(table->nslots * 3 / 4, table->nslots - 1);
}

static inline bool
table_has_slots(const CustomerTable *table)
{
	return table->nslots > 1;
}

static void
table_clear(CustomerTable *table)
{
	table->slots = unconstify(char *, (const char *) no_slots);
	table->nslots = 1;
	table->range = 0;
	table->used = 0;
	table->max_used = 0;
}

/* Zeroed memory for slots. */
static char *
alloc_slots(CustomerTable *table, Size size)
{
	char	   *result = MemoryContextAllocHuge(table->arena->context, size);

	ask_for_large_pages(result, size);
	memset(result, 0, size);
	account_add(table, result);
	return result;
}

static void
free_slots(CustomerTable *table, char *slots)
{
	account_remove(table, slots);
	pfree(slots);
}

/* Move to larger slots. */
static void
table_resize(CustomerTable *table, Size size)
{
	CustomerArena *arena = table->arena;
	Size		slot_size = arena->slot_size;
	Size		head_size = arena->head_size;
	CustomerTable old = *table;

retry:
	table_set_slots(table, alloc_slots(table, size), size);
	for (uint64 i = 0; i < old.nslots; i++)
	{
		char	   *from = old.slots + i * slot_size;
		uint64		place;
		char	   *to;

		if (i % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (PAYLOAD_TAG(from + head_size) == CUSTOMER_NONE)
			continue;
		place = PLACE(SLOT_HASH(from), table->range);
		to = table->slots + place * slot_size;
		while (PAYLOAD_TAG(to + head_size) != CUSTOMER_NONE)
		{
			to += slot_size;
			place++;
		}
		if (unlikely(place >= table->nslots - 1))
		{
			/* hashes of little use are crowded at the end */
			free_slots(table, table->slots);
			size *= 2;
			goto retry;
		}
		memcpy(to, from, slot_size);
	}
	if (table_has_slots(&old))
		free_slots(table, old.slots);
}

/* Make a table ready for one more customer, at the expense of others or itself. */
static void
table_grow(CustomerTable *table)
{
	CustomerControl *control = table->arena->control;

	for (int attempt = 0;; attempt++)
	{
		Size		size = FIRST_SLOTS_SIZE;

		if (table_has_slots(table))
		{
			size = table->nslots * table->arena->slot_size;
			if (size >= 16 * 1024 * 1024)
				size += size / 2;
			else
			{
				/* small chunks of palloc() are powers of two */
				if (size <= 8192)
					size = pg_nextpower2_size_t(size);
				size *= 2;
			}
		}
		size = Max(size, 3 * table->arena->slot_size);
		if (attempt > 0 || size <= SPILL_MIN_SIZE ||
			control->used + size <= control->limit)
		{
			table_resize(table, size);
			return;
		}
		make_room(table->arena);
		if (table_has_slots(table) && table->used == 0)
			return;
	}
}

/* ----------
 * Finding customers
 * ----------
 */

static bool
equal_data(CustomerArena *arena, const char *a, Size a_size, const char *b, Size b_size)
{
	if (a_size == b_size && memcmp(a, b, a_size) == 0)
		return true;
	if (arena->kind == KEY_BYTES)
		return false;
	return DatumGetBool(FunctionCall2Coll(&arena->equal_function, arena->collation,
										  PointerGetDatum(a), PointerGetDatum(b)));
}

/* Hashes are equal; are the keys, of a kind that needs to be asked? */
static bool
equal_keys(CustomerArena *arena, uint64 a, uint64 b)
{
	const KeyBytes *x;
	const KeyBytes *y;

	if (arena->kind == KEY_VALUE)
		return a == b ||
			DatumGetBool(FunctionCall2Coll(&arena->equal_function, arena->collation,
										   (Datum) a, (Datum) b));
	x = (const KeyBytes *) a;
	y = (const KeyBytes *) b;
	return equal_data(arena, x->data, x->size, y->data, y->size);
}

static pg_attribute_always_inline bool
same_customer(CustomerArena *arena, KeyKind kind, const char *slot, uint64 hash, uint64 key)
{
	if (SLOT_HASH(slot) != hash)
		return false;
	if (kind == KEY_INT)
		return true;
	if (kind == KEY_PAIR)
		return SLOT_KEY(slot) == key;
	return equal_keys(arena, SLOT_KEY(slot), key);
}

/* Of keys that are equal: does b come before a by its bytes? */
static inline bool
bytes_come_before(const char *b, Size b_size, const char *a, Size a_size)
{
	return b_size != a_size ? b_size < a_size : memcmp(b, a, a_size) < 0;
}

/* A row of a customer is there whose key may be written otherwise. */
static void
keep_first_key(CustomerTable *table, char *slot, uint64 key)
{
	KeyBytes   *kept;
	const KeyBytes *other;

	if (table->arena->kind == KEY_VALUE)
	{
		SLOT_KEY(slot) = Min(SLOT_KEY(slot), key);
		return;
	}
	kept = (KeyBytes *) SLOT_KEY(slot);
	other = (const KeyBytes *) key;
	if (unlikely(bytes_come_before(other->data, other->size, kept->data, kept->size)))
	{
		SLOT_KEY(slot) = (uint64) keep_key(table, other);
		customer_free(table, kept, offsetof(KeyBytes, data) + kept->size);
	}
}

/* Where to begin to look for a hash. */
static inline char *
first_slot(const CustomerTable *table, uint64 hash, Size slot_size)
{
	return table->slots + PLACE(hash, table->range) * slot_size;
}

/*
 * The payload of a customer, or NULL if the table has to grow first.  `slot' is
 * the first that it can be in.
 */
static pg_attribute_always_inline void *
find_customer(CustomerArena *arena, KeyKind kind, Size slot_size, CustomerTable *table,
			  char *slot, uint64 hash, uint64 key)
{
	const Size	head_size = kind == KEY_INT ? sizeof(uint64) : 2 * sizeof(uint64);

	for (;;)
	{
		if (PAYLOAD_TAG(slot + head_size) == CUSTOMER_NONE)
			break;
		if (same_customer(arena, kind, slot, hash, key))
		{
			if (kind == KEY_DATUM || kind == KEY_VALUE)
				keep_first_key(table, slot, key);
			return slot + head_size;
		}
		slot += slot_size;
	}
	if (unlikely(table->used >= table->max_used ||
				 slot == table->slots + (table->nslots - 1) * slot_size))
		return NULL;
	table->used++;
	SLOT_HASH(slot) = hash;
	if (kind == KEY_BYTES || kind == KEY_DATUM)
		SLOT_KEY(slot) = (uint64) keep_key(table, (const KeyBytes *) key);
	else if (kind != KEY_INT)
		SLOT_KEY(slot) = key;
	PAYLOAD_TAG(slot + head_size) = CUSTOMER_NEW;
	return slot + head_size;
}

/* The same for one customer, whatever it takes. */
static void *
get_customer(CustomerTable *table, uint64 hash, uint64 key)
{
	CustomerArena *arena = table->arena;

	for (;;)
	{
		void	   *payload = find_customer(arena, arena->kind, arena->slot_size, table,
											first_slot(table, hash, arena->slot_size),
											hash, key);

		if (payload != NULL)
			return payload;
		table_grow(table);
	}
}

/*
 * Find the first slots that the rows from `from' on can be in, and prefetch what
 * these point to.  (Slots were prefetched when the rows came.)
 */
static pg_attribute_always_inline void
locate_rows(CustomerArena *arena, KeyKind kind, Size slot_size, int from)
{
	const Size	head_size = kind == KEY_INT ? sizeof(uint64) : 2 * sizeof(uint64);
	const CustomerRow *rows = arena->rows;
	void	  **slots = arena->payloads;

	/* the first slot or the one after it: without a branch, so that waits overlap */
	for (int i = from; i < arena->nrows; i++)
	{
		char	   *slot = first_slot(rows[i].table, rows[i].hash, slot_size);
		bool		other = (PAYLOAD_TAG(slot + head_size) != CUSTOMER_NONE) &
			(SLOT_HASH(slot) != rows[i].hash);

		slots[i] = slot + other * slot_size;
	}
	for (int i = from; i < arena->nrows; i++)
	{
		char	   *slot = slots[i];

		while (PAYLOAD_TAG(slot + head_size) != CUSTOMER_NONE &&
			   SLOT_HASH(slot) != rows[i].hash)
			slot += slot_size;
		slots[i] = slot;
		if (!arena->points || PAYLOAD_TAG(slot + head_size) == CUSTOMER_NONE)
			continue;
		if (kind == KEY_BYTES || kind == KEY_DATUM)
		{
			__builtin_prefetch((char *) SLOT_KEY(slot));
			__builtin_prefetch((char *) SLOT_KEY(slot) + 48);
		}
		if (arena->ops->prefetch != NULL)
			arena->ops->prefetch(slot + head_size, arena->inputs + i * arena->ops->input_size);
	}
}

/*
 * Bring the rows that wait to their customers.
 */
static pg_attribute_always_inline void
flush_rows(CustomerArena *arena, KeyKind kind, Size slot_size)
{
	const CustomerRow *rows = arena->rows;
	int			nrows = arena->nrows;
	Size		input_size = arena->ops->input_size;
	int			done = 0;

	locate_rows(arena, kind, slot_size, 0);
	for (int i = 0; i < nrows; i++)
	{
		for (;;)
		{
			void	   *payload = find_customer(arena, kind, slot_size, rows[i].table,
												arena->payloads[i], rows[i].hash, rows[i].key);

			if (likely(payload != NULL))
			{
				arena->payloads[i] = payload;
				break;
			}
			/* payloads may move now, so those found must be done with */
			arena->ops->apply(rows + done, arena->payloads + done,
							  arena->inputs + done * input_size, i - done);
			done = i;
			table_grow(rows[i].table);
			locate_rows(arena, kind, slot_size, i);
		}
	}
	arena->ops->apply(rows + done, arena->payloads + done,
					  arena->inputs + done * input_size, nrows - done);
}

static void
flush_batch(CustomerArena *arena)
{
	CHECK_FOR_INTERRUPTS();
	if (arena->nrows == 0)
		return;

	/* the compiler makes one loop of each */
	switch (arena->kind)
	{
		case KEY_INT:
			if (arena->slot_size == 24)
				flush_rows(arena, KEY_INT, 24);
			else if (arena->slot_size == 32)
				flush_rows(arena, KEY_INT, 32);
			else
				flush_rows(arena, KEY_INT, arena->slot_size);
			break;
		case KEY_PAIR:
			flush_rows(arena, KEY_PAIR, arena->slot_size);
			break;
		case KEY_BYTES:
			flush_rows(arena, KEY_BYTES, arena->slot_size);
			break;
		case KEY_VALUE:
			flush_rows(arena, KEY_VALUE, arena->slot_size);
			break;
		case KEY_DATUM:
			flush_rows(arena, KEY_DATUM, arena->slot_size);
			break;
	}
	arena->nrows = 0;
	arena->key_room_used = 0;

	/* keys and what payloads point to have grown as well */
	if (unlikely(arena->control->used > arena->control->limit))
		make_room(arena);
}

/* Bring all rows to their customers that were added until now. */
void
customer_table_flush(CustomerTable *table)
{
	flush_batch(table->arena);
}

/* Room for the key of a row, for as long as the row waits. */
static KeyBytes *
batch_key(CustomerArena *arena, Size size)
{
	Size		needed = MAXALIGN(offsetof(KeyBytes, data) + size);
	KeyBytes   *result;

	if (unlikely(arena->key_room_size - arena->key_room_used < needed))
	{
		flush_batch(arena);
		if (arena->key_room_size < needed)
		{
			Size		room = Max(2 * needed, BATCH_KEY_ROOM);

			if (arena->key_room != NULL)
			{
				arena_account(arena, -GetMemoryChunkSpace(arena->key_room));
				pfree(arena->key_room);
				arena->key_room = NULL;
				arena->key_room_size = 0;
			}
			arena->key_room = MemoryContextAllocHuge(arena->context, room);
			arena->key_room_size = room;
			arena_account(arena, GetMemoryChunkSpace(arena->key_room));
		}
	}
	result = (KeyBytes *) (arena->key_room + arena->key_room_used);
	result->size = size;
	arena->key_room_used += needed;
	return result;
}

/*
 * Add a row.  The caller puts its input where the result points to, before
 * anything else is done with the table.
 */
void *
customer_table_add(CustomerTable *table, Datum key)
{
	CustomerArena *arena = table->arena;
	CustomerRow row = {table, 0, 0};
	int			position;

	if (unlikely(arena->nrows == BATCH_ROWS))
		flush_batch(arena);

	switch (arena->kind)
	{
		case KEY_INT:
			row.hash = mix(arena->key_width == 8 ? (uint64) DatumGetInt64(key) :
						   arena->key_width == 4 ? (uint64) DatumGetInt32(key) :
						   (uint64) DatumGetInt16(key));
			break;
		case KEY_PAIR:
			{
				const char *data = (const char *) DatumGetUUIDP(key)->data;

				row.key = load(data + 8);
				row.hash = mix(load(data) ^ mix(row.key + 1));
				break;
			}
		case KEY_BYTES:
			{
				struct varlena *data = PG_DETOAST_DATUM_PACKED(key);
				Size		size = VARSIZE_ANY_EXHDR(data);
				KeyBytes   *bytes = batch_key(arena, size);

				memcpy(bytes->data, VARDATA_ANY(data), size);
				row.key = (uint64) bytes;
				row.hash = hash_bytes64(bytes->data, size);
				if ((Pointer) data != DatumGetPointer(key))
					pfree(data);
				break;
			}
		case KEY_DATUM:
			{
				Size		size;
				KeyBytes   *bytes;

				if (arena->typlen == -1)
					key = PointerGetDatum(PG_DETOAST_DATUM(key));
				size = datumGetSize(key, false, arena->typlen);
				bytes = batch_key(arena, size);
				memcpy(bytes->data, DatumGetPointer(key), size);
				row.key = (uint64) bytes;
			}
			/* FALLTHROUGH */
		case KEY_VALUE:
			if (arena->kind == KEY_VALUE)
				row.key = (uint64) key;
			if (arena->hash_extended)
				row.hash = DatumGetUInt64(FunctionCall2Coll(&arena->hash_function,
															arena->collation, key,
															UInt64GetDatum(0)));
			else
				row.hash = DatumGetUInt32(FunctionCall1Coll(&arena->hash_function,
															arena->collation, key));
			row.hash = mix(row.hash);
			break;
	}

	/*
	 * Have the slot ready when the batch is full; the next ones may lie in
	 * another cache line, and may be needed.
	 */
	{
		const char *slot = first_slot(table, row.hash, arena->slot_size);

		__builtin_prefetch(slot, 1);
		__builtin_prefetch(slot + 48, 1);
	}

	position = arena->nrows++;
	arena->rows[position] = row;
	return arena->inputs + position * arena->ops->input_size;
}

/* ----------
 * Order
 * ----------
 */

static inline bool
slot_less(const CustomerArena *arena, const char *a, const char *b)
{
	if (SLOT_HASH(a) != SLOT_HASH(b))
		return SLOT_HASH(a) < SLOT_HASH(b);
	return arena->kind == KEY_PAIR && SLOT_KEY(a) < SLOT_KEY(b);
}

static int
slot_compare(const void *a, const void *b, void *arg)
{
	return slot_less(arg, a, b) ? -1 : slot_less(arg, b, a) ? 1 : 0;
}

/*
 * Sort the slots by hash.  Only neighbours can be in the wrong order, and
 * everyone is still found where he is afterwards: occupied slots stay occupied.
 */
static void
table_sort(CustomerTable *table)
{
	CustomerArena *arena = table->arena;
	Size		slot_size = arena->slot_size;
	Size		head_size = arena->head_size;
	char	   *end = table->slots + table->nslots * slot_size;
	char	   *moved;
	uint64		count = 0;

	if (table->used == 0)
		return;
	moved = palloc(slot_size);
	for (char *first = table->slots; first < end; first += slot_size)
	{
		char	   *last = first;

		if (++count % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		if (PAYLOAD_TAG(first + head_size) == CUSTOMER_NONE)
			continue;
		while (PAYLOAD_TAG(last + head_size) != CUSTOMER_NONE)
			last += slot_size;
		if (unlikely(last - first > 64 * (ptrdiff_t) slot_size))
		{
			CHECK_FOR_INTERRUPTS();
			qsort_arg(first, (last - first) / slot_size, slot_size, slot_compare, arena);
		}
		else
		{
			for (char *slot = first + slot_size; slot < last; slot += slot_size)
			{
				char	   *to = slot;

				if (likely(!slot_less(arena, slot, slot - slot_size)))
					continue;
				memcpy(moved, slot, slot_size);
				do
				{
					memcpy(to, to - slot_size, slot_size);
					to -= slot_size;
				} while (to > first && slot_less(arena, moved, to - slot_size));
				memcpy(to, moved, slot_size);
			}
		}
		first = last;
	}
	pfree(moved);
}

/*
 * When going through all slots: what some later one points to will be needed.
 */
static inline void
prefetch_payload(const CustomerTable *table, uint64 at)
{
	const CustomerArena *arena = table->arena;
	const char *payload;

	if (arena->ops->prefetch == NULL || at + 16 >= table->nslots)
		return;
	payload = table->slots + (at + 16) * arena->slot_size + arena->head_size;
	if (PAYLOAD_TAG(payload) != CUSTOMER_NONE)
		arena->ops->prefetch(payload, NULL);
}

/* ----------
 * Entries
 * ----------
 */

void
customer_buffer_enlarge(CustomerBuffer *buffer, Size size)
{
	Size		room = Max(2 * buffer->room, buffer->size + size);

	room = Max(room, 1024);
	if (buffer->data == NULL)
		buffer->data = MemoryContextAllocHuge(CurrentMemoryContext, room);
	else
		buffer->data = repalloc_huge(buffer->data, room);
	ask_for_large_pages(buffer->data, room);
	buffer->room = room;
}

void
customer_table_report_corrupt(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid partial state of %s", name)));
}

/* Add what was written of a customer, of whom something must be known then. */
static inline void
merge_payload(CustomerTable *table, void *payload, const Entry *entry)
{
	const CustomerOps *ops = table->arena->ops;

	ops->merge(table, payload, entry->payload, entry->payload_size);
	if (unlikely(PAYLOAD_TAG(payload) == CUSTOMER_NEW))
		customer_table_report_corrupt(ops->name);
}

/* Payloads are preceded by their size: one byte, or 255 and four. */
static void
write_payload(const CustomerTable *table, const void *payload, CustomerBuffer *buffer)
{
	Size		start = buffer->size;
	Size		size;

	customer_buffer_reserve(buffer, 1);
	table->arena->ops->pack(table, payload, buffer);
	size = buffer->size - start - 1;
	if (likely(size < 255))
		buffer->data[start] = (char) size;
	else
	{
		uint32		size32 = size;

		if (size > MaxAllocSize)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("%s has too much to keep for one customer", table->arena->ops->name)));
		customer_buffer_reserve(buffer, sizeof(uint32));
		memmove(buffer->data + start + 1 + sizeof(uint32), buffer->data + start + 1, size);
		buffer->data[start] = (char) 255;
		memcpy(buffer->data + start + 1, &size32, sizeof(uint32));
	}
}

static void
write_entry(const CustomerTable *table, const Entry *entry, const void *payload,
			CustomerBuffer *buffer)
{
	customer_buffer_put(buffer, &entry->hash, sizeof(uint64));
	switch (table->arena->kind)
	{
		case KEY_INT:
			break;
		case KEY_PAIR:
		case KEY_VALUE:
			customer_buffer_put(buffer, &entry->key, sizeof(uint64));
			break;
		case KEY_BYTES:
		case KEY_DATUM:
			customer_buffer_put(buffer, &entry->key_size, sizeof(uint32));
			customer_buffer_put(buffer, entry->key_data, entry->key_size);
			break;
	}
	write_payload(table, payload, buffer);
}

/* The entry that a slot is, without its payload. */
static inline void
entry_from_slot(const CustomerArena *arena, const char *slot, Entry *entry)
{
	entry->hash = SLOT_HASH(slot);
	if (arena->kind == KEY_INT)
		return;
	entry->key = SLOT_KEY(slot);
	if (arena->kind == KEY_BYTES || arena->kind == KEY_DATUM)
	{
		const KeyBytes *bytes = (const KeyBytes *) entry->key;

		entry->key_data = bytes->data;
		entry->key_size = bytes->size;
	}
}

/*
 * Read an entry.  Returns its size, or, as a negative number, how many bytes
 * there must be at the least for it to be read.
 */
static inline int64
read_entry(const CustomerArena *arena, const char *data, Size size, Entry *entry)
{
	Size		needed = sizeof(uint64);
	const char *at = data;

	if (arena->kind == KEY_PAIR || arena->kind == KEY_VALUE)
		needed += sizeof(uint64);
	else if (arena->kind != KEY_INT)
		needed += sizeof(uint32);
	if (size < needed + 1)
		return -(int64) (needed + 1);
	memcpy(&entry->hash, at, sizeof(uint64));
	at += sizeof(uint64);
	if (arena->kind == KEY_PAIR || arena->kind == KEY_VALUE)
	{
		memcpy(&entry->key, at, sizeof(uint64));
		at += sizeof(uint64);
	}
	else if (arena->kind != KEY_INT)
	{
		memcpy(&entry->key_size, at, sizeof(uint32));
		at += sizeof(uint32);
		needed += entry->key_size;
		if (size < needed + 1)
			return -(int64) (needed + 1);
		entry->key_data = at;
		at += entry->key_size;
	}
	entry->payload_size = *(const uint8 *) at++;
	needed++;
	if (entry->payload_size == 255)
	{
		needed += sizeof(uint32);
		if (size < needed)
			return -(int64) needed;
		memcpy(&entry->payload_size, at, sizeof(uint32));
		at += sizeof(uint32);
	}
	needed += entry->payload_size;
	if (size < needed)
		return -(int64) needed;
	entry->payload = at;
	return needed;
}

/* ----------
 * Spilling
 * ----------
 */

static void
report_lost_file(void)
{
	elog(ERROR, "temporary file of an aggregate is gone");
}

/* The spill part of a table, made when it is first needed. */
static CustomerSpill *
table_get_spill(CustomerTable *table)
{
	if (table->spill == NULL)
	{
		table->spill = MemoryContextAllocZero(table->arena->context, sizeof(CustomerSpill));
		arena_account(table->arena, GetMemoryChunkSpace(table->spill));
	}
	return table->spill;
}

/* One more element at the end of an array. */
static void *
array_room(CustomerArena *arena, void *array, int count, int *room, Size size)
{
	if (array == NULL)
	{
		*room = 4;
		array = MemoryContextAlloc(arena->context, *room * size);
		arena_account(arena, GetMemoryChunkSpace(array));
	}
	else if (count >= *room)
	{
		*room *= 2;
		arena_account(arena, -GetMemoryChunkSpace(array));
		array = repalloc(array, *room * size);
		arena_account(arena, GetMemoryChunkSpace(array));
	}
	return array;
}

/* Write to the end of the arena's file. */
static void
arena_write(CustomerArena *arena, char *data, Size size)
{
	CHECK_FOR_INTERRUPTS();
	if (arena->file == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(arena->context);

		if (arena->file_lost)
			report_lost_file();
		arena->file = BufFileCreateTemp(false);
		arena->file_owner = CurrentResourceOwner;
		arena->file_size = 0;
		dlist_push_tail(&open_arenas, &arena->open_node);
		arena_account(arena, GetMemoryChunkSpace(arena->file));
		MemoryContextSwitchTo(old);
	}
	if (BufFileSeek(arena->file, 0, (off_t) arena->file_size, SEEK_SET) != 0)
		report_lost_file();
	BufFileWrite(arena->file, data, size);
	arena->file_size += size;
}

/* Entries go to the arena's file. */
static void
sink_run(void *arg, const CustomerTable *table, const Entry *key, const void *payload)
{
	CustomerArena *arena = arg;

	write_entry(table, key, payload, &arena->out);
	if (arena->out.size >= WRITE_SIZE)
	{
		arena_write(arena, arena->out.data, arena->out.size);
		arena->out.size = 0;
	}
}

static Run *
add_run(CustomerTable *table)
{
	CustomerSpill *spill = table_get_spill(table);
	Run		   *run;

	spill->runs = array_room(table->arena, spill->runs, spill->nruns, &spill->runs_room,
							 sizeof(Run));
	run = &spill->runs[spill->nruns++];
	memset(run, 0, sizeof(*run));
	return run;
}

/* Begin and end a run. */
static uint64
run_begin(CustomerArena *arena)
{
	Assert(arena->out.size == 0);
	if (arena->out.data == NULL)
	{
		arena->out.room = Min(WRITE_SIZE + 1024, arena->control->limit / 8);
		arena->out.data = MemoryContextAlloc(arena->context, arena->out.room);
		arena_account(arena, GetMemoryChunkSpace(arena->out.data));
	}
	return arena->file_size;
}

static void
run_end(CustomerTable *table, uint64 offset, int level)
{
	CustomerArena *arena = table->arena;
	Run		   *run;

	arena_write(arena, arena->out.data, arena->out.size);
	arena->out.size = 0;
	run = add_run(table);
	run->offset = offset;
	run->size = arena->file_size - offset;
	run->level = level;
}

/* Write a run that is in memory to the file. */
static void
write_run(CustomerTable *table, Run *run)
{
	CustomerArena *arena = table->arena;
	char	   *data = run->data;

	run->offset = arena->file_size;
	for (uint64 done = 0; done < run->size; done += WRITE_SIZE)
		arena_write(arena, data + done, Min(run->size - done, WRITE_SIZE));
	run->data = NULL;
	account_remove(table, data);
	pfree(data);
}

static void
stream_open_run(CustomerArena *arena, const Run *run, Stream *stream)
{
	memset(stream, 0, sizeof(*stream));
	if (run->data != NULL)
	{
		stream->data = run->data;
		stream->end = run->size;
		return;
	}
	if (arena->file == NULL)
		report_lost_file();
	stream->file = arena->file;
	stream->offset = run->offset;
	stream->left = run->size;
	stream->room = Min(arena->control->read_size, run->size);
	stream->data = palloc(stream->room);
}

/* Merge the last runs of a level into one when there are enough of them. */
static void
merge_runs(CustomerTable *table)
{
	CustomerArena *arena = table->arena;
	CustomerSpill *spill = table->spill;
	int			fan_in = arena->control->fan_in;

	while (spill->nruns >= fan_in &&
		   spill->runs[spill->nruns - fan_in].level == spill->runs[spill->nruns - 1].level)
	{
		int			level = spill->runs[spill->nruns - 1].level;
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
													  "ccx merge", ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);
		Stream	   *streams = palloc(fan_in * sizeof(Stream));
		uint64		offset = run_begin(arena);

		for (int i = 0; i < fan_in; i++)
			stream_open_run(arena, &spill->runs[spill->nruns - fan_in + i], &streams[i]);
		merge_streams(table, streams, fan_in, sink_run, arena);
		spill->nruns -= fan_in;
		run_end(table, offset, level + 1);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
	}
}

/* Write a table out, and empty it. */
static void
spill_table(CustomerTable *table, bool keep_slots)
{
	CustomerArena *arena = table->arena;
	Size		slot_size = arena->slot_size;
	Size		head_size = arena->head_size;

	if (table->used > 0)
	{
		uint64		offset = run_begin(arena);

		ereport(DEBUG1,
				(errmsg_internal("%s writes " UINT64_FORMAT " customers to a temporary file",
								 arena->ops->name, table->used)));
		table_sort(table);
		for (uint64 i = 0; i < table->nslots; i++)
		{
			char	   *slot = table->slots + i * slot_size;
			Entry		entry;

			prefetch_payload(table, i);
			if (PAYLOAD_TAG(slot + head_size) == CUSTOMER_NONE)
				continue;
			entry_from_slot(arena, slot, &entry);
			sink_run(arena, table, &entry, slot + head_size);
		}
		run_end(table, offset, 0);
	}

	heap_reset(table);
	for (int i = 0; table->spill != NULL && i < table->spill->nruns; i++)
	{
		if (table->spill->runs[i].data != NULL)
			write_run(table, &table->spill->runs[i]);
	}
	if (keep_slots && table->used > 0)
		memset(table->slots, 0, table->nslots * slot_size);
	else if (table_has_slots(table))
	{
		free_slots(table, table->slots);
		table_clear(table);
	}
	table->used = 0;
	if (table->spill != NULL)
		merge_runs(table);
}

/*
 * Write the largest tables out until half of the limit is free.
 */
static void
make_room(CustomerArena *arena)
{
	CustomerControl *control = arena->control;
	Size		target = control->limit / 2;

	while (control->used > target)
	{
		Size		largest = 0;

		for (CustomerArena *each = control->arenas; each != NULL; each = each->next)
		{
			for (CustomerTable *table = each->tables; table != NULL; table = table->next)
				largest = Max(largest, table->memory);
		}
		if (largest <= SPILL_MIN_SIZE)
			return;
		for (CustomerArena *each = control->arenas; each != NULL; each = each->next)
		{
			for (CustomerTable *table = each->tables; table != NULL; table = table->next)
			{
				if (table->memory < largest / 2 || table->memory <= SPILL_MIN_SIZE)
					continue;

				/* the only one goes on in the same slots */
				if (table->used > 0 && control->used - table->memory <= control->limit / 4)
				{
					spill_table(table, true);
					return;
				}
				spill_table(table, false);
				if (control->used <= target)
					return;
			}
		}
	}
}

/* ----------
 * Merging
 * ----------
 */

/* A context for what metrics leave behind. */
static MemoryContext
work_context(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "ccx work", ALLOCSET_DEFAULT_SIZES);
}

/* Go to the next entry; false at the end. */
static bool
stream_next(CustomerArena *arena, Stream *stream)
{
	uint64		previous = stream->entry.hash;

	if (stream->table != NULL)
	{
		CustomerTable *table = stream->table;

		for (; stream->slot < table->nslots; stream->slot++)
		{
			char	   *slot = table->slots + stream->slot * arena->slot_size;
			void	   *payload = slot + arena->head_size;

			if (PAYLOAD_TAG(payload) == CUSTOMER_NONE)
				continue;
			stream->slot++;
			entry_from_slot(arena, slot, &stream->entry);
			stream->packed.size = 0;
			arena->ops->pack(table, payload, &stream->packed);
			stream->entry.payload = stream->packed.data;
			stream->entry.payload_size = stream->packed.size;
			return true;
		}
		return false;
	}

	for (;;)
	{
		int64		size;
		Size		rest = stream->end - stream->start;
		Size		needed;
		Size		more;

		if (rest == 0 && stream->left == 0)
			return false;
		size = read_entry(arena, stream->data + stream->start, rest, &stream->entry);
		if (likely(size > 0))
		{
			if (unlikely(stream->entry.hash < previous))
				customer_table_report_corrupt(arena->ops->name);
			stream->start += size;
			return true;
		}

		/* get more, so that the entry is there as a whole */
		CHECK_FOR_INTERRUPTS();
		needed = -size;
		memmove(stream->data, stream->data + stream->start, rest);
		stream->start = 0;
		if (needed > stream->room)
		{
			if (needed - rest > stream->left)
				customer_table_report_corrupt(arena->ops->name);
			stream->data = repalloc_huge(stream->data, needed);
			stream->room = needed;
		}
		more = Min(stream->room - rest, stream->left);
		if (more == 0)
			customer_table_report_corrupt(arena->ops->name);
		if (BufFileSeek(stream->file, 0, (off_t) stream->offset, SEEK_SET) != 0 ||
			BufFileRead(stream->file, stream->data + rest, more) != more)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not read from temporary file of an aggregate")));
		stream->offset += more;
		stream->left -= more;
		stream->end = rest + more;
	}
}

static inline bool
stream_less(const CustomerArena *arena, const Stream *a, const Stream *b)
{
	if (a->entry.hash != b->entry.hash)
		return a->entry.hash < b->entry.hash;
	return arena->kind == KEY_PAIR && a->entry.key < b->entry.key;
}

/* The first of a heap of streams has changed: move it to its place. */
static void
heap_sink(const CustomerArena *arena, Stream **heap, int count)
{
	Stream	   *moved = heap[0];
	int			at = 0;

	for (;;)
	{
		int			child = 2 * at + 1;

		if (child >= count)
			break;
		if (child + 1 < count && stream_less(arena, heap[child + 1], heap[child]))
			child++;
		if (!stream_less(arena, heap[child], moved))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moved;
}

/* Is this the same customer? */
static bool
equal_entries(CustomerArena *arena, const MergedCustomer *customer, const Entry *entry)
{
	switch (arena->kind)
	{
		case KEY_INT:
			return true;
		case KEY_PAIR:
			return customer->key.key == entry->key;
		case KEY_VALUE:
			return equal_keys(arena, customer->key.key, entry->key);
		case KEY_BYTES:
			break;
		case KEY_DATUM:
			/* type's functions want it aligned */
			if (customer->key.key_size != entry->key_size ||
				memcmp(customer->bytes->data, entry->key_data, entry->key_size) != 0)
			{
				char	   *copy = palloc(entry->key_size);
				bool		result;

				memcpy(copy, entry->key_data, entry->key_size);
				result = equal_data(arena, customer->bytes->data, customer->key.key_size,
									copy, entry->key_size);
				pfree(copy);
				return result;
			}
			break;
	}
	return equal_data(arena, customer->bytes->data, customer->key.key_size,
					  entry->key_data, entry->key_size);
}

/*
 * An entry's key becomes that of a customer.  The stream's own copy of it goes
 * with its next entry.
 */
static void
set_merged_key(const CustomerArena *arena, MergedCustomer *customer, const Entry *entry)
{
	customer->key = *entry;
	if (arena->kind != KEY_BYTES && arena->kind != KEY_DATUM)
		return;
	if (customer->bytes == NULL || customer->bytes->size < entry->key_size)
	{
		if (customer->bytes != NULL)
			pfree(customer->bytes);
		customer->bytes = palloc(offsetof(KeyBytes, data) + entry->key_size);
		customer->bytes->size = entry->key_size;
	}
	memcpy(customer->bytes->data, entry->key_data, entry->key_size);
	customer->key.key_data = customer->bytes->data;
}

/* As keep_first_key(). */
static bool
entry_comes_before(const CustomerArena *arena, const Entry *b, const Entry *a)
{
	if (arena->kind == KEY_VALUE)
		return b->key < a->key;
	return arena->kind == KEY_DATUM &&
		bytes_come_before(b->key_data, b->key_size, a->key_data, a->key_size);
}

/*
 * Merge streams and give each customer to the sink once, in ascending order of
 * hash.  What streams and customers need is allocated in the current memory
 * context; metrics work in one below, which is emptied from time to time.
 */
static void
merge_streams(CustomerTable *table, Stream *streams, int nstreams, MergeSink sink,
			  void *arg)
{
	CustomerArena *arena = table->arena;
	Stream	  **heap = palloc(nstreams * sizeof(Stream *));
	int			left = 0;
	int			room = 1;
	MergedCustomer *customers = palloc0(sizeof(MergedCustomer));
	MemoryContext work = work_context();
	MemoryContext old;
	uint64		count = 0;

	for (int i = 0; i < nstreams; i++)
	{
		if (stream_next(arena, &streams[i]))
		{
			/* sift up: children come after parents */
			int			at = left++;

			while (at > 0 && stream_less(arena, &streams[i], heap[(at - 1) / 2]))
			{
				heap[at] = heap[(at - 1) / 2];
				at = (at - 1) / 2;
			}
			heap[at] = &streams[i];
		}
	}

	while (left > 0)
	{
		uint64		hash = heap[0]->entry.hash;
		int			found = 0;

		if (++count % 1024 == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(work);
		}

		/* nearly always one customer, but hashes of text may collide */
		do
		{
			Entry	   *entry = &heap[0]->entry;
			int			i;

			for (i = 0; i < found; i++)
			{
				if (equal_entries(arena, &customers[i], entry))
					break;
			}
			if (i == found)
			{
				MergedCustomer *customer;

				if (found == room)
				{
					if (room > 65536)
						ereport(ERROR,
								(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
								 errmsg("hash function of type %s is not fit for %s",
										format_type_be(arena->type), arena->ops->name),
								 errdetail("More than %d customers have the same hash.", room),
								 errhint("Cast the customer to text.")));
					customers = repalloc(customers, 2 * room * sizeof(MergedCustomer));
					memset(customers + room, 0, room * sizeof(MergedCustomer));
					room *= 2;
				}
				customer = &customers[found++];
				if (customer->payload == NULL)
					customer->payload = palloc(arena->ops->payload_size);
				memset(customer->payload, 0, arena->ops->payload_size);
				PAYLOAD_TAG(customer->payload) = CUSTOMER_NEW;

				set_merged_key(arena, customer, entry);
			}
			else if (unlikely(entry_comes_before(arena, entry, &customers[i].key)))
				set_merged_key(arena, &customers[i], entry);
			old = MemoryContextSwitchTo(work);
			merge_payload(table, customers[i].payload, entry);
			MemoryContextSwitchTo(old);
			if (!stream_next(arena, heap[0]))
			{
				heap[0] = heap[--left];
				if (left == 0)
					break;
			}
			heap_sink(arena, heap, left);
		} while (heap[0]->entry.hash == hash);

		old = MemoryContextSwitchTo(work);
		for (int i = 0; i < found; i++)
		{
			sink(arg, table, &customers[i].key, customers[i].payload);
			if (arena->ops->forget)
				arena->ops->forget(table, customers[i].payload);
		}
		MemoryContextSwitchTo(old);
	}
	MemoryContextDelete(work);
}

/* Merge all that a table has, in files and in memory. */
static void
merge_table(CustomerTable *table, MergeSink sink, void *arg)
{
	CustomerArena *arena = table->arena;
	CustomerSpill *spill = table->spill;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ccx merge", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Stream	   *streams = palloc0((spill->nruns + spill->nfiles + 1) * sizeof(Stream));
	int			nstreams = 0;

	for (int i = 0; i < spill->nruns; i++)
		stream_open_run(arena, &spill->runs[i], &streams[nstreams++]);
	for (int i = 0; i < spill->nfiles; i++)
	{
		Stream	   *stream = &streams[nstreams++];
		FileRun    *run = &spill->files[i];

		stream->file = BufFileOpenFileSet(&run->set, run->name, O_RDONLY, false);
		stream->close = true;
		stream->left = run->size;
		stream->room = Min(arena->control->read_size, run->size);
		stream->data = palloc(stream->room);
	}
	table_sort(table);
	streams[nstreams++].table = table;
	merge_streams(table, streams, nstreams, sink, arg);
	for (int i = 0; i < nstreams; i++)
	{
		if (streams[i].close)
			BufFileClose(streams[i].file);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

static void
sink_scan(void *arg, const CustomerTable *table, const Entry *key, const void *payload)
{
	ScanSink   *sink = arg;

	if (sink->key_visitor != NULL)
	{
		CustomerKey customer = {key->hash, key->key, key->key_data, key->key_size};

		sink->key_visitor(sink->arg, unconstify(void *, payload), &customer);
	}
	else
		sink->visitor(sink->arg, unconstify(void *, payload));
}

static void
visit_slot(const ScanSink *sink, const CustomerArena *arena, char *slot, char *payload)
{
	CustomerKey customer = {SLOT_HASH(slot), 0, NULL, 0};

	if (arena->kind != KEY_INT)
		customer.key = SLOT_KEY(slot);
	if (arena->kind == KEY_BYTES || arena->kind == KEY_DATUM)
	{
		const KeyBytes *bytes = (const KeyBytes *) SLOT_KEY(slot);

		customer.data = bytes->data;
		customer.size = bytes->size;
	}
	sink->key_visitor(sink->arg, payload, &customer);
}

static pg_attribute_always_inline void
scan_table(CustomerTable *table, bool with_keys, ScanSink *sink)
{
	CustomerArena *arena = table->arena;

	flush_batch(arena);
	if (table->spill == NULL)
	{
		MemoryContext work = work_context();
		MemoryContext old = MemoryContextSwitchTo(work);

		for (uint64 i = 0; i < table->nslots; i++)
		{
			char	   *payload = table->slots + i * arena->slot_size + arena->head_size;

			if (i % 4096 == 0)
			{
				CHECK_FOR_INTERRUPTS();
				MemoryContextReset(work);
			}
			prefetch_payload(table, i);
			if (PAYLOAD_TAG(payload) == CUSTOMER_NONE)
				continue;
			if (with_keys)
				visit_slot(sink, arena, payload - arena->head_size, payload);
			else
				sink->visitor(sink->arg, payload);
		}
		MemoryContextSwitchTo(old);
		MemoryContextDelete(work);
	}
	else
		merge_table(table, sink_scan, sink);
}

/*
 * Visit all customers of a group.  The table stays as it is.  The payload is
 * valid only during the visit, and so is what is allocated in the visit's
 * memory context.
 */
void
customer_table_scan(CustomerTable *table, CustomerVisitor visitor, void *arg)
{
	ScanSink	sink = {visitor, NULL, arg};

	scan_table(table, false, &sink);
}

/* The same with keys, which are valid during the visit as well. */
void
customer_table_scan_keys(CustomerTable *table, CustomerKeyVisitor visitor, void *arg)
{
	ScanSink	sink = {NULL, visitor, arg};

	scan_table(table, true, &sink);
}

/*
 * The key as its type's output function writes it, in the current memory
 * context.
 */
char *
customer_key_text(const CustomerTable *table, const CustomerKey *key)
{
	CustomerArena *arena = table->arena;
	Datum		datum = (Datum) 0;

	if (!OidIsValid(arena->output_function.fn_oid))
	{
		Oid			function;
		bool		varlena;

		getTypeOutputInfo(arena->type, &function, &varlena);
		fmgr_info_cxt(function, &arena->output_function, arena->context);
	}
	switch (arena->kind)
	{
		case KEY_INT:
			{
				uint64		value = unmix(key->hash);

				datum = arena->key_width == 8 ? Int64GetDatum((int64) value) :
					arena->key_width == 4 ? Int32GetDatum((int32) value) :
					Int16GetDatum((int16) value);
				break;
			}
		case KEY_PAIR:
			{
				pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
				uint64		first = unmix(key->hash) ^ mix(key->key + 1);

				memcpy(uuid->data, &first, sizeof(first));
				memcpy(uuid->data + sizeof(first), &key->key, sizeof(key->key));
				datum = UUIDPGetDatum(uuid);
				break;
			}
		case KEY_BYTES:
			datum = PointerGetDatum(cstring_to_text_with_len(key->data, key->size));
			break;
		case KEY_VALUE:
			datum = (Datum) key->key;
			break;
		case KEY_DATUM:
			datum = PointerGetDatum(key->data);
			break;
	}
	return OutputFunctionCall(&arena->output_function, datum);
}

/* ----------
 * States
 * ----------
 */

static CustomerTable *
table_create(FunctionCallInfo fcinfo, const CustomerOps *ops, Oid type, Oid collation)
{
	CustomerArena *arena = arena_get(fcinfo, ops, type, collation);
	CustomerTable *table = MemoryContextAllocZero(arena->context, ops->state_size);

	table->arena = arena;
	table_clear(table);
	table->next = arena->tables;
	arena->tables = table;
	arena_account(arena, GetMemoryChunkSpace(table));
	return table;
}

/*
 * A state for a transition function, whose argument `keyarg' is the customer.
 */
CustomerTable *
customer_table_create(FunctionCallInfo fcinfo, const CustomerOps *ops, int keyarg)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, keyarg);

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of the customer of %s", ops->name)));
	return table_create(fcinfo, ops, getBaseType(type), PG_GET_COLLATION());
}

const CustomerOps *
customer_table_ops(const CustomerTable *table)
{
	return table->arena->ops;
}

/* What all groups of the metric in this arena share: set by the metric. */
void **
customer_table_shared(CustomerTable *table)
{
	return &table->arena->shared;
}

/* Memory for that. */
void *
customer_table_alloc_shared(CustomerTable *table, Size size)
{
	void	   *result = MemoryContextAlloc(table->arena->context, size);

	arena_account(table->arena, GetMemoryChunkSpace(result));
	return result;
}

/* ----------
 * Partial states
 * ----------
 */

static void
sink_flush(WriteSink *sink)
{
	CHECK_FOR_INTERRUPTS();
	if (sink->file == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(sink->context);

		sink->file = fileset_create_file(&sink->run);
		MemoryContextSwitchTo(old);
	}
	BufFileWrite(sink->file, sink->buffer.data + sink->head_size,
				 sink->buffer.size - sink->head_size);
	sink->written += sink->buffer.size - sink->head_size;
	sink->buffer.size = sink->head_size;
	sink->limit = WRITE_SIZE;
}

/* Entries go to a buffer, and if they are too many to a file. */
static void
sink_write(void *arg, const CustomerTable *table, const Entry *key, const void *payload)
{
	WriteSink  *sink = arg;

	write_entry(table, key, payload, &sink->buffer);
	sink->entries++;
	if (unlikely(sink->buffer.size >= sink->limit))
		sink_flush(sink);
}

/*
 * Serialize a state: first `head', which is the metric's, then the table.
 */
bytea *
customer_table_serialize(CustomerTable *table, const void *head, Size head_size)
{
	CustomerArena *arena = table->arena;
	WriteSink	sink;
	uint32		head_size32 = head_size;
	Size		header_at;
	PartialHeader header;
	bytea	   *result;

	flush_batch(arena);

	memset(&sink, 0, sizeof(sink));
	memset(&header, 0, sizeof(header));
	sink.context = CurrentMemoryContext;
	sink.limit = Max(Min(arena->control->limit / 16, INLINE_MAX_SIZE), INLINE_MIN_SIZE);
	customer_buffer_reserve(&sink.buffer, VARHDRSZ);
	customer_buffer_put(&sink.buffer, &head_size32, sizeof(uint32));
	customer_buffer_put(&sink.buffer, head, head_size);
	header_at = sink.buffer.size;
	customer_buffer_put(&sink.buffer, &header, sizeof(header));
	sink.head_size = sink.buffer.size;

	if (table->spill == NULL)
	{
		table_sort(table);
		for (uint64 i = 0; i < table->nslots; i++)
		{
			char	   *slot = table->slots + i * arena->slot_size;
			Entry		entry;

			if (i % 4096 == 0)
				CHECK_FOR_INTERRUPTS();
			prefetch_payload(table, i);
			if (PAYLOAD_TAG(slot + arena->head_size) == CUSTOMER_NONE)
				continue;
			entry_from_slot(arena, slot, &entry);
			sink_write(&sink, table, &entry, slot + arena->head_size);
		}
	}
	else
	{
		merge_table(table, sink_write, &sink);
	}
	if (sink.file != NULL)
	{
		sink_flush(&sink);
		BufFileClose(sink.file);
		sink.run.size = sink.written;
		customer_buffer_put(&sink.buffer, &sink.run, sizeof(sink.run));
	}

	header.version = PARTIAL_VERSION;
	header.by_reference = sink.file != NULL;
	header.type = arena->type;
	header.collation = arena->collation;
	header.entries = sink.entries;
	memcpy(sink.buffer.data + header_at, &header, sizeof(header));
	result = (bytea *) sink.buffer.data;
	SET_VARSIZE(result, sink.buffer.size);
	return result;
}

static void
read_header(const CustomerOps *ops, const CustomerPartial *partial, PartialHeader *header)
{
	if (partial->body_size < sizeof(PartialHeader))
		customer_table_report_corrupt(ops->name);
	memcpy(header, partial->body, sizeof(PartialHeader));
	if (header->version != PARTIAL_VERSION ||
		(header->by_reference &&
		 partial->body_size != sizeof(PartialHeader) + sizeof(FileRun)))
		customer_table_report_corrupt(ops->name);
}

/*
 * Make a serialized state ready to be merged.  It keeps pointing to the bytes
 * it was made from, which the executor keeps until it has been merged.
 */
CustomerPartial *
customer_table_deserialize(const CustomerOps *ops, bytea *data)
{
	CustomerPartial *result = palloc(sizeof(CustomerPartial));
	PartialHeader header;
	uint32		head_size;

	result->head = VARDATA_ANY(data);
	result->body_size = VARSIZE_ANY_EXHDR(data);
	if (result->body_size < sizeof(uint32))
		customer_table_report_corrupt(ops->name);
	memcpy(&head_size, result->head, sizeof(uint32));
	result->head += sizeof(uint32);
	result->body_size -= sizeof(uint32);
	if (head_size > result->body_size)
		customer_table_report_corrupt(ops->name);
	result->head_size = head_size;
	result->body = result->head + head_size;
	result->body_size -= head_size;
	read_header(ops, result, &header);
	return result;
}

/* Take over the file of a partial state. */
static void
merge_file(CustomerTable *table, const FileRun *run)
{
	CustomerArena *arena = table->arena;
	CustomerSpill *spill = table_get_spill(table);
	UsedFile   *used;

	if (run->set.creator_pid != leader_pid() || run->set.number != FILESET_NUMBER ||
		run->set.ntablespaces != 1 || strnlen(run->name, FILE_NAME_SIZE) == FILE_NAME_SIZE)
		customer_table_report_corrupt(arena->ops->name);
	spill->files = array_room(arena, spill->files, spill->nfiles, &spill->files_room,
								sizeof(FileRun));
	spill->files[spill->nfiles++] = *run;

	/* see at the top */
	used = MemoryContextAlloc(arena->control->delete_early ?
							  arena->context : arena->control->context,
							  sizeof(UsedFile));
	used->set = run->set;
	memcpy(used->name, run->name, FILE_NAME_SIZE);
	if (arena->control->delete_early)
	{
		used->next = arena->files;
		arena->files = used;
	}
	else
	{
		used->next = arena->control->files;
		arena->control->files = used;
	}
}

/*
 * Add a partial state to a table.
 */
void
customer_table_merge(CustomerTable *table, const CustomerPartial *partial)
{
	CustomerArena *arena = table->arena;
	CustomerControl *control = arena->control;
	PartialHeader header;
	const char *at = partial->body + sizeof(PartialHeader);
	const char *end = partial->body + partial->body_size;
	KeyBytes   *bytes = NULL;
	Size		bytes_room = 0;
	uint64		count = 0;
	MemoryContext work;

	read_header(arena->ops, partial, &header);
	if (header.type != arena->type || header.collation != arena->collation)
		customer_table_report_corrupt(arena->ops->name);
	if (header.by_reference)
	{
		FileRun		run;

		memcpy(&run, at, sizeof(run));
		merge_file(table, &run);
		return;
	}
	if (header.entries > (uint64) (end - at))
		customer_table_report_corrupt(arena->ops->name);

	/* not worth a table, where payloads are large: they are in order already */
	if (arena->ops->prefetch != NULL && header.entries >= RUN_MIN_ENTRIES)
	{
		Run		   *run = add_run(table);

		run->size = end - at;
		run->data = MemoryContextAllocHuge(arena->context, run->size);
		ask_for_large_pages(run->data, run->size);
		memcpy(run->data, at, run->size);
		account_add(table, run->data);
		if (control->used > control->limit)
			make_room(arena);
		return;
	}

	/* halves mostly have the same customers, so one size fits both */
	if (header.entries > table->max_used)
	{
		Size		size = (header.entries + header.entries / 2) * arena->slot_size;

		if (control->used + size <= control->limit)
			table_resize(table, Max(size, FIRST_SLOTS_SIZE));
	}

	work = work_context();
	while (at < end)
	{
		MemoryContext old;
		Entry		entry = {0};
		int64		size = read_entry(arena, at, end - at, &entry);
		uint64		key = 0;

		if (size <= 0)
			customer_table_report_corrupt(arena->ops->name);
		at += size;
		if (arena->kind == KEY_PAIR || arena->kind == KEY_VALUE)
			key = entry.key;
		else if (arena->kind != KEY_INT)
		{
			if (bytes == NULL || bytes_room < entry.key_size)
			{
				if (bytes != NULL)
					pfree(bytes);
				bytes_room = Max(2 * (Size) entry.key_size, 256);
				bytes = MemoryContextAllocHuge(CurrentMemoryContext,
											   offsetof(KeyBytes, data) + bytes_room);
			}
			bytes->size = entry.key_size;
			memcpy(bytes->data, entry.key_data, entry.key_size);
			key = (uint64) bytes;
		}
		old = MemoryContextSwitchTo(work);
		merge_payload(table, get_customer(table, entry.hash, key), &entry);
		MemoryContextSwitchTo(old);
		if (++count % 1024 == 0)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextReset(work);
			if (unlikely(control->used > control->limit))
				make_room(arena);
		}
	}
	MemoryContextDelete(work);
	if (bytes != NULL)
		pfree(bytes);
	if (count != header.entries)
		customer_table_report_corrupt(arena->ops->name);
}

/*
 * A state for a combine function, which a partial state can be merged into.
 */
CustomerTable *
customer_table_create_like(FunctionCallInfo fcinfo, const CustomerOps *ops,
						   const CustomerPartial *partial)
{
	PartialHeader header;

	read_header(ops, partial, &header);
	return table_create(fcinfo, ops, header.type, header.collation);
}
