/*-------------------------------------------------------------------------
 *
 * customer_table.h
 *	  The engine behind every aggregate that goes through raw rows once and
 *	  keeps something per customer.
 *
 * A CustomerTable is the transition state of one group: a hash table from
 * customers to a payload of the metric's own.  The engine takes care of keys of
 * every type, of memory, temporary files and parallel workers; what is kept per
 * customer, and what becomes of it in the end, is the metric's business, which
 * describes its payload by a CustomerOps.
 *
 * How it works, and why, is told at the top of customer_table.c.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_CUSTOMER_TABLE_H
#define CCX_CUSTOMER_TABLE_H

#include "lib/stringinfo.h"

typedef struct CustomerArena CustomerArena;
typedef struct CustomerSpill CustomerSpill;
typedef struct CustomerHeap CustomerHeap;

/*
 * The state of one group.  A metric's own state is a struct that begins with
 * it.  Members are the engine's to change.
 */
typedef struct CustomerTable
{
	CustomerArena *arena;		/* what it shares with other groups */
	struct CustomerTable *next; /* in the arena */
	char	   *slots;
	uint64		nslots;
	uint64		range;			/* of the slots that hashes lead to */
	uint64		used;
	uint64		max_used;		/* when to grow */
	Size		memory;			/* all that could be freed by spilling */
	CustomerHeap *heap;			/* what does not fit a slot, or NULL */
	CustomerSpill *spill;		/* what is in files, or NULL */
} CustomerTable;

/*
 * A row that waits in the batch.  Its input, of the metric's own type, lies at
 * the same position in a second array.
 */
typedef struct CustomerRow
{
	CustomerTable *table;
	uint64		hash;
	uint64		key;			/* depends on the kind of key */
} CustomerRow;

/* Bytes that are being written. */
typedef struct CustomerBuffer
{
	char	   *data;
	Size		size;
	Size		room;
} CustomerBuffer;

/*
 * Payloads begin with a tag.  The engine sets it to CUSTOMER_NEW where a
 * customer is seen for the first time, with the rest of the payload zero;
 * whoever then fills the payload sets it to anything but these two.
 */
#define CUSTOMER_NONE	0
#define CUSTOMER_NEW	PG_UINT32_MAX

typedef struct CustomerOps
{
	const char *name;			/* of the aggregate, for messages */
	Size		state_size;		/* of the struct that begins with a table */
	Size		payload_size;	/* a multiple of 8 */
	Size		input_size;

	/* bring some rows into the payloads of their customers */
	void		(*apply) (const CustomerRow *rows, void *const *payloads,
						  const void *inputs, int count);

	/* write a payload to a buffer */
	void		(*pack) (const CustomerTable *table, const void *payload,
						 CustomerBuffer *buffer);

	/* add what was written to a payload, which may be new */
	void		(*merge) (CustomerTable *table, void *payload,
						  const char *data, Size size);

	/*
	 * Free what a payload points to; NULL if it never does.  Not called where
	 * a table frees all of its memory at once.
	 */
	void		(*forget) (CustomerTable *table, void *payload);

	/*
	 * Prefetch what a payload points to: what a row will need, or without one
	 * everything.  NULL if that is not worth it.
	 */
	void		(*prefetch) (const void *payload, const void *input);
} CustomerOps;

/* Called for each customer once. */
typedef void (*CustomerVisitor) (void *arg, void *payload);

/* The key of a customer, as the engine keeps it: see customer_key_text(). */
typedef struct CustomerKey
{
	uint64		hash;
	uint64		key;
	const char *data;
	Size		size;
} CustomerKey;

typedef void (*CustomerKeyVisitor) (void *arg, void *payload, const CustomerKey *key);

/*
 * A partial state as it comes from another process: what the metric wrote
 * before the engine's part, and the engine's part.
 */
typedef struct CustomerPartial
{
	const char *head;
	Size		head_size;
	const char *body;
	Size		body_size;
} CustomerPartial;

/* states */
extern CustomerTable *customer_table_create(FunctionCallInfo fcinfo,
											const CustomerOps *ops, int keyarg);
extern CustomerTable *customer_table_create_like(FunctionCallInfo fcinfo,
												 const CustomerOps *ops,
												 const CustomerPartial *partial);
extern void *customer_table_add(CustomerTable *table, Datum key);
extern void customer_table_flush(CustomerTable *table);
extern void customer_table_scan(CustomerTable *table, CustomerVisitor visitor,
								void *arg);
extern void customer_table_scan_keys(CustomerTable *table, CustomerKeyVisitor visitor,
									 void *arg);
extern char *customer_key_text(const CustomerTable *table, const CustomerKey *key);
extern const CustomerOps *customer_table_ops(const CustomerTable *table);
extern void **customer_table_shared(CustomerTable *table);
extern void *customer_table_alloc_shared(CustomerTable *table, Size size);

/* partial states */
extern bytea *customer_table_serialize(CustomerTable *table, const void *head,
									   Size head_size);
extern CustomerPartial *customer_table_deserialize(const CustomerOps *ops, bytea *data);
extern void customer_table_merge(CustomerTable *table, const CustomerPartial *partial);
pg_noreturn extern void customer_table_report_corrupt(const char *name);

/* what payloads point to, MAXALIGNed; the caller has to know its size */
extern void *customer_alloc(CustomerTable *table, Size size);
extern void customer_free(CustomerTable *table, void *pointer, Size size);

/* for pack functions */
extern void customer_buffer_enlarge(CustomerBuffer *buffer, Size size);

static inline char *
customer_buffer_reserve(CustomerBuffer *buffer, Size size)
{
	char	   *result;

	if (unlikely(buffer->room - buffer->size < size))
		customer_buffer_enlarge(buffer, size);
	result = buffer->data + buffer->size;
	buffer->size += size;
	return result;
}

static inline void
customer_buffer_put(CustomerBuffer *buffer, const void *data, Size size)
{
	char	   *to = customer_buffer_reserve(buffer, size);

	/* of nothing there may be no address, which memcpy() must not be given */
	if (size > 0)
		memcpy(to, data, size);
}

extern void customer_table_init(void);

#endif							/* CCX_CUSTOMER_TABLE_H */
