/*-------------------------------------------------------------------------
 *
 * fuzz.c
 *	  Runs libFuzzer inside a backend: see test/fuzz.sh, which compiles this
 *	  into the library of ccx.
 *
 * A target is "text/TYPE" or "binary/TYPE", for the input and the receive
 * function of a type, or "state/NAME", for NAME_deserial() and what follows it.
 *
 * Input is refused with the SQLSTATE that is documented, or gives a value that
 * is written as it was read, and that every function of ccx in C that takes it
 * answers about.  A partial state is refused, or can be combined, serialized
 * and finished, and gives the same result after another journey.  Anything else
 * is a finding, for which the process aborts, so that libFuzzer keeps the input.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include <signal.h>

#include "catalog/pg_collation_d.h"
#include "catalog/pg_type_d.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* of libFuzzer */
extern int	LLVMFuzzerRunDriver(int *argc, char ***argv,
								int (*callback) (const uint8_t *data, size_t size));

/* A type of ccx. */
typedef struct Type
{
	Oid			oid;
	char	   *name;
	FmgrInfo	in;
	FmgrInfo	out;
	FmgrInfo	recv;
	FmgrInfo	send;
	FmgrInfo	cmp;
	FmgrInfo	hash;
} Type;

/* A function that a value can be given to. */
typedef struct Question
{
	FmgrInfo	function;
	char	   *name;
	int			nargs;
	Oid		   *argtypes;
	Oid			result_type;
	bool		retset;
} Question;

/* What to give it as its other arguments: one or another of these. */
static const struct
{
	Oid			type;
	const char *values[3];
}			arguments[] = {
	{BOOLOID, {"true", "false", "true"}},
	{INT4OID, {"3", "1", "100"}},
	{INT8OID, {"3", "1", "100"}},
	{FLOAT8OID, {"0.5", "0.95", "100"}},
	{NUMERICOID, {"0.5", "100", "1e30"}},
	{TEXTOID, {"month", "quarter:feb", "USD"}},
	{DATEOID, {"2025-02-15", "2024-01-31", "2000-01-01"}},
	{TIMESTAMPOID, {"2025-02-15", "2024-01-31", "2000-01-01"}},
};

/* customers that partial states may have: others are read by functions that trust their bytes */
static const Oid customer_types[] = {INT4OID, INT8OID, UUIDOID, TEXTOID, INT2OID};

static Type *types;
static int	ntypes;
static Type *type;				/* the target's, or NULL */
static Question *questions;
static int	nquestions;
static FmgrInfo deserial;
static FmgrInfo combine;
static FmgrInfo serial;
static FmgrInfo final;
static FmgrInfo final_out;
static MemoryContext input_context;

PG_FUNCTION_INFO_V1(fuzz_run);

/* ----------
 * Memory
 * ----------
 */

#ifdef AllocSetContextCreateInternal

/*
 * Contexts whose chunks are malloc()ed one by one, so that AddressSanitizer sees
 * where each ends.  ccx is compiled to make these instead of others.
 */
typedef struct Chunk
{
	struct Chunk *prev;
	struct Chunk *next;
	Size		size;
	MemoryContext context;		/* just before the chunk, as the server has it */
} Chunk;

typedef struct MallocContext
{
	MemoryContextData header;
	Chunk	   *chunks;
} MallocContext;

#define CHUNK(pointer) ((Chunk *) (pointer) - 1)

static void
chunk_link(MallocContext *context, Chunk *chunk)
{
	chunk->prev = NULL;
	chunk->next = context->chunks;
	if (chunk->next)
		chunk->next->prev = chunk;
	context->chunks = chunk;
	context->header.mem_allocated += sizeof(Chunk) + chunk->size;
}

static void
chunk_unlink(MallocContext *context, Chunk *chunk)
{
	if (chunk->next)
		chunk->next->prev = chunk->prev;
	if (chunk->prev)
		chunk->prev->next = chunk->next;
	else
		context->chunks = chunk->next;
	context->header.mem_allocated -= sizeof(Chunk) + chunk->size;
}

static void *
malloc_alloc(MemoryContext context, Size size)
{
	Chunk	   *chunk = malloc(sizeof(Chunk) + size);

	if (chunk == NULL)
		return NULL;
	chunk->size = size;
	chunk->context = context;
	chunk_link((MallocContext *) context, chunk);
	return chunk + 1;
}

static void
malloc_free(MemoryContext context, void *pointer)
{
	chunk_unlink((MallocContext *) context, CHUNK(pointer));
	free(CHUNK(pointer));
}

static void *
malloc_realloc(MemoryContext context, void *pointer, Size size)
{
	void	   *result = malloc_alloc(context, size);

	if (result == NULL)
		return NULL;
	memcpy(result, pointer, Min(size, CHUNK(pointer)->size));
	malloc_free(context, pointer);
	return result;
}

static void
malloc_reset(MemoryContext context)
{
	MallocContext *set = (MallocContext *) context;

	while (set->chunks)
		malloc_free(context, set->chunks + 1);
}

static void
malloc_delete(MemoryContext context)
{
	malloc_reset(context);
	free(context);
}

static Size
malloc_space(MemoryContext context, void *pointer)
{
	return sizeof(Chunk) + CHUNK(pointer)->size;
}

static bool
malloc_is_empty(MemoryContext context)
{
	return ((MallocContext *) context)->chunks == NULL;
}

static void
malloc_stats(MemoryContext context, MemoryStatsPrintFunc print, void *passthru,
			 MemoryContextCounters *totals, bool to_stderr)
{
}

#ifdef MEMORY_CONTEXT_CHECKING
static void
malloc_check(MemoryContext context)
{
}
#endif

static const MemoryContextMethods malloc_methods = {
	.alloc = malloc_alloc,
	.free_p = malloc_free,
	.realloc = malloc_realloc,
	.reset = malloc_reset,
	.delete_context = malloc_delete,
	.get_chunk_space = malloc_space,
	.is_empty = malloc_is_empty,
	.stats = malloc_stats,
#ifdef MEMORY_CONTEXT_CHECKING
	.check = malloc_check,
#endif
};

/* The name is defined to be another. */
MemoryContext
AllocSetContextCreateInternal(MemoryContext parent, const char *name,
							  Size minContextSize, Size initBlockSize, Size maxBlockSize)
{
	MallocContext *context = calloc(1, sizeof(MallocContext));

	if (context == NULL)
		elog(ERROR, "out of memory");
	MemoryContextCreate(&context->header, T_AllocSetContext, &malloc_methods, parent, name);
	return &context->header;
}

#endif

/* ----------
 * Calls
 * ----------
 */

pg_noreturn static void finding(const char *format,...) pg_attribute_printf(1, 2);

static void
finding(const char *format,...)
{
	va_list		args;

	fprintf(stderr, "FINDING: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	abort();
}

static void
report_error(const char *what)
{
	ErrorData  *error;

	MemoryContextSwitchTo(input_context);
	error = CopyErrorData();
	finding("%s: %s: %s (%s), %s:%d", what, unpack_sql_state(error->sqlerrcode), error->message,
			error->detail ? error->detail : "", error->filename, error->lineno);
}

/* Bad data, or too much of it, is a proper answer; a damaged value is one of a state. */
static bool
is_answer(int code)
{
	if (code == ERRCODE_INVALID_TEXT_REPRESENTATION ||
		code == ERRCODE_INVALID_BINARY_REPRESENTATION)
		return false;
	if (code == ERRCODE_DATA_CORRUPTED)
		return type == NULL;
	return ERRCODE_TO_CATEGORY(code) == ERRCODE_DATA_EXCEPTION ||
		ERRCODE_TO_CATEGORY(code) == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

/* what errors are allowed, other than a single one */
#define ANSWERS		0			/* those of is_answer() */
#define NONE		(-1)

/* Call a function.  False if it answers with an error, which has to be one that is allowed. */
static bool
call(FunctionCallInfo fcinfo, const char *what, int allowed, Datum *result)
{
	MemoryContext here = CurrentMemoryContext;
	volatile bool success = false;

	fcinfo->isnull = false;
	PG_TRY();
	{
		*result = FunctionCallInvoke(fcinfo);
		success = true;
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		if (allowed == ANSWERS ? !is_answer(code) : code != allowed)
			report_error(what);
		MemoryContextSwitchTo(here);
		FlushErrorState();
	}
	PG_END_TRY();
	return success;
}

static bool
call1(FmgrInfo *function, const char *what, int allowed, Datum argument, Datum *result)
{
	LOCAL_FCINFO(fcinfo, 3);

	/* input functions take two more */
	InitFunctionCallInfoData(*fcinfo, function, 3, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = argument;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = ObjectIdGetDatum(type ? type->oid : InvalidOid);
	fcinfo->args[1].isnull = false;
	fcinfo->args[2].value = Int32GetDatum(-1);
	fcinfo->args[2].isnull = false;
	return call(fcinfo, what, allowed, result);
}

/* A call that must succeed. */
static Datum
must(FmgrInfo *function, const char *what, Datum argument)
{
	Datum		result = (Datum) 0;

	call1(function, what, NONE, argument, &result);
	return result;
}

static bool
same_bytes(Datum a, Datum b)
{
	return VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0;
}

/* ----------
 * Values
 * ----------
 */

/* A value goes out by both doors and comes in again; returns it as it came in. */
static Datum
travel(Type *of, const char *what, Datum value)
{
	Datum		text = must(&of->out, what, value);
	Datum		bytes = must(&of->send, what, value);
	Datum		again = (Datum) 0;
	LOCAL_FCINFO(fcinfo, 2);
	StringInfoData buf = {
		.data = VARDATA_ANY(bytes),
		.len = VARSIZE_ANY_EXHDR(bytes),
		.maxlen = VARSIZE_ANY_EXHDR(bytes)
	};

	for (int door = 0; door < 2; door++)
	{
		again = door == 0 ? must(&of->in, what, text) :
			must(&of->recv, what, PointerGetDatum(&buf));
		if (!same_bytes(must(&of->send, what, again), bytes))
			finding("%s: a value is another when it is read from what was written", what);
		InitFunctionCallInfoData(*fcinfo, &of->cmp, 2, InvalidOid, NULL, NULL);
		fcinfo->args[0].value = value;
		fcinfo->args[0].isnull = false;
		fcinfo->args[1].value = again;
		fcinfo->args[1].isnull = false;
		if (DatumGetInt32(FunctionCallInvoke(fcinfo)) != 0 ||
			must(&of->hash, what, value) != must(&of->hash, what, again))
			finding("%s: a value is not equal to itself", what);
	}
	return again;
}

static void
ask(Question *question, Datum value, size_t size)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	ReturnSetInfo set = {.type = T_ReturnSetInfo};
	Datum		result;

	InitFunctionCallInfoData(*fcinfo, &question->function, question->nargs,
							 DEFAULT_COLLATION_OID, NULL, NULL);
	for (int i = 0; i < question->nargs; i++)
	{
		fcinfo->args[i].isnull = false;
		fcinfo->args[i].value = value;
		for (size_t j = 0; j < lengthof(arguments); j++)
		{
			if (arguments[j].type == question->argtypes[i])
			{
				Oid			function;
				Oid			param;

				getTypeInputInfo(arguments[j].type, &function, &param);
				fcinfo->args[i].value =
					OidInputFunctionCall(function, unconstify(char *, arguments[j].values[(size + i) % 3]), param, -1);
			}
		}
	}
	if (question->retset)
	{
		set.econtext = CreateStandaloneExprContext();
		set.allowedModes = SFRM_Materialize;
		set.returnMode = SFRM_ValuePerCall;
		set.isDone = ExprSingleResult;
		get_func_result_type(question->function.fn_oid, NULL, &set.expectedDesc);
		fcinfo->resultinfo = (Node *) &set;
	}
	if (!call(fcinfo, question->name, ANSWERS, &result) || fcinfo->isnull || question->retset)
		return;
	for (int i = 0; i < ntypes; i++)
	{
		if (types[i].oid == question->result_type)
			travel(&types[i], question->name, result);
	}
}

static void
examine(Datum value, size_t size)
{
	travel(type, type->name, value);
	for (int i = 0; i < nquestions; i++)
		ask(&questions[i], value, size);
}

static void
run_text(const uint8_t *data, size_t size)
{
	char	   *text = palloc(size + 1);
	Datum		value;
	char	   *written;

	memcpy(text, data, size);
	text[size] = '\0';
	/* the server lets nothing else get near a type */
	if (strlen(text) != size || !pg_verifymbstr(text, size, true))
		return;
	if (!call1(&type->in, "input", ERRCODE_INVALID_TEXT_REPRESENTATION, CStringGetDatum(text), &value))
		return;
	written = DatumGetCString(must(&type->out, "output", value));
	if (strcmp(text, written) != 0)
		finding("read \"%s\", written \"%s\"", text, written);
	examine(value, size);
}

static void
run_binary(const uint8_t *data, size_t size)
{
	StringInfoData buf = {.len = size,.maxlen = size};
	Datum		value;
	Datum		written;

	buf.data = memcpy(palloc(size), data, size);
	if (!call1(&type->recv, "receive", ERRCODE_INVALID_BINARY_REPRESENTATION, PointerGetDatum(&buf), &value))
		return;
	written = must(&type->send, "send", value);
	if (VARSIZE_ANY_EXHDR(written) != size || memcmp(VARDATA_ANY(written), data, size) != 0)
		finding("bytes are not written as they were read");
	examine(value, size);
}

/* ----------
 * States
 * ----------
 */

/* Bring a serialized state into a state, or NULL; false if it is refused. */
static bool
receive(Node *node, Datum bytes, Datum *state, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, 2);
	Datum		partial;

	InitFunctionCallInfoData(*fcinfo, &deserial, 2, InvalidOid, node, NULL);
	fcinfo->args[0].value = bytes;
	fcinfo->args[0].isnull = false;
	fcinfo->args[1].value = (Datum) 0;
	fcinfo->args[1].isnull = false;
	if (!call(fcinfo, "deserial", ANSWERS, &partial))
		return false;

	InitFunctionCallInfoData(*fcinfo, &combine, 2, InvalidOid, node, NULL);
	fcinfo->args[0].value = *state;
	fcinfo->args[0].isnull = *isnull;
	fcinfo->args[1].value = partial;
	fcinfo->args[1].isnull = false;
	if (!call(fcinfo, "combine", ANSWERS, state))
		return false;
	*isnull = fcinfo->isnull;
	return true;
}

/* Call serial or final.  False if it answers with an error, or NULL. */
static bool
finish(FmgrInfo *function, const char *what, Node *node, Datum state, Datum *result)
{
	LOCAL_FCINFO(fcinfo, 1);

	InitFunctionCallInfoData(*fcinfo, function, 1, InvalidOid, node, NULL);
	fcinfo->args[0].value = state;
	fcinfo->args[0].isnull = false;
	return call(fcinfo, what, ANSWERS, result) && !fcinfo->isnull;
}

/*
 * A serialized state that has its customers in itself, not in a file, which only a
 * worker could have made, and customers of a type whose functions need no trust.
 */
static Datum
make_state(const uint8_t *data, size_t size)
{
	bytea	   *result = palloc(VARHDRSZ + size);
	uint32		head_size;
	char	   *header;
	Oid			customer;
	Oid			collation;

	SET_VARSIZE(result, VARHDRSZ + size);
	memcpy(VARDATA(result), data, size);
	if (size < sizeof(head_size))
		return PointerGetDatum(result);
	memcpy(&head_size, data, sizeof(head_size));

	/* the head of the metric, then PartialHeader of customer_table.c */
	if ((uint64) head_size + sizeof(head_size) + 12 > size)
		return PointerGetDatum(result);
	header = VARDATA(result) + sizeof(head_size) + head_size;
	header[1] = false;
	memcpy(&customer, header + 4, sizeof(Oid));
	for (size_t i = 0; i < lengthof(customer_types); i++)
	{
		if (customer == customer_types[i])
			break;
		if (i == lengthof(customer_types) - 1)
			customer = customer_types[customer % lengthof(customer_types)];
	}
	collation = customer == TEXTOID ? C_COLLATION_OID : InvalidOid;
	memcpy(header + 4, &customer, sizeof(Oid));
	memcpy(header + 8, &collation, sizeof(Oid));
	return PointerGetDatum(result);
}

static void
run_state(const uint8_t *data, size_t size)
{
	AggState   *node = makeNode(AggState);
	Datum		bytes = make_state(data, size);
	Datum		once = (Datum) 0;
	Datum		again = (Datum) 0;
	Datum		sent;
	Datum		sent_again = (Datum) 0;
	Datum		result;
	Datum		result_again;
	bool		none = true;

	/* as much of a plan as functions of aggregates look at */
	node->ss.ps.state = makeNode(EState);
	node->ss.ps.state->es_query_cxt = CurrentMemoryContext;
	node->curaggcontext = makeNode(ExprContext);
	node->curaggcontext->ecxt_per_tuple_memory =
		AllocSetContextCreate(CurrentMemoryContext, "aggregate", ALLOCSET_DEFAULT_SIZES);

	if (!receive((Node *) node, bytes, &once, &none) || none ||
		!finish(&serial, "serial", (Node *) node, once, &sent))
		return;
	none = true;
	if (!receive((Node *) node, sent, &again, &none) || none ||
		!finish(&serial, "serial", (Node *) node, again, &sent_again))
		finding("a state that was serialized is refused");
	if (finish(&final, "final", (Node *) node, once, &result))
	{
		char	   *text = DatumGetCString(must(&final_out, "output", result));

		if (!finish(&final, "final", (Node *) node, again, &result_again))
			finding("there is no result after a journey");
		if (strcmp(text, DatumGetCString(must(&final_out, "output", result_again))) != 0)
			finding("the result is another after a journey: %s, %s", text,
					DatumGetCString(must(&final_out, "output", result_again)));
	}

	/* and once more to itself */
	if (receive((Node *) node, sent, &again, &none))
	{
		finish(&serial, "serial", (Node *) node, again, &sent_again);
		if (finish(&final, "final", (Node *) node, again, &result))
			must(&final_out, "output", result);
	}
}

/* ----------
 * Targets
 * ----------
 */

static void (*run) (const uint8_t *data, size_t size);

static int
run_one(const uint8_t *data, size_t size)
{
	MemoryContext old = MemoryContextSwitchTo(input_context);

	CHECK_FOR_INTERRUPTS();
	run(data, size);
	MemoryContextSwitchTo(old);
	MemoryContextReset(input_context);
	return 0;
}

/* The function NAME_SUFFIX of ccx, which is not overloaded. */
static Oid
find_function(FmgrInfo *function, const char *name, const char *suffix)
{
	Oid			oid = DatumGetObjectId(DirectFunctionCall1(regprocin,
														   CStringGetDatum(psprintf("ccx.%s_%s", name, suffix))));

	fmgr_info_cxt(oid, function, TopMemoryContext);
	return oid;
}

/* Run a query that gives one oid a row. */
static Oid *
find_oids(const char *query, int *count)
{
	Oid		   *result;
	bool		isnull;

	if (SPI_execute(query, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read the catalogs");
	*count = SPI_processed;
	result = MemoryContextAlloc(TopMemoryContext, (*count + 1) * sizeof(Oid));
	for (int i = 0; i < *count; i++)
		result[i] = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	return result;
}

static void
find_types(void)
{
	Oid		   *oids = find_oids("SELECT oid FROM pg_type WHERE typnamespace = 'ccx'::regnamespace AND typtype = 'b' AND typelem = 0 ORDER BY typname", &ntypes);

	types = palloc0(ntypes * sizeof(Type));
	for (int i = 0; i < ntypes; i++)
	{
		types[i].oid = oids[i];
		types[i].name = pstrdup(strrchr(psprintf(".%s", format_type_be(oids[i])), '.') + 1);
		find_function(&types[i].in, types[i].name, "in");
		find_function(&types[i].out, types[i].name, "out");
		find_function(&types[i].recv, types[i].name, "recv");
		find_function(&types[i].send, types[i].name, "send");
		find_function(&types[i].cmp, types[i].name, "cmp");
		find_function(&types[i].hash, types[i].name, "hash");
	}
}

/* Functions in C of a value of the type, alone or with arguments that we have. */
static void
find_questions(void)
{
	int			count;
	Oid		   *oids = find_oids(psprintf(
		"SELECT oid FROM pg_proc WHERE pronamespace = 'ccx'::regnamespace AND prokind = 'f'"
		" AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'c') AND proargtypes[0] = %u"
		" AND prorettype <> 'internal'::regtype ORDER BY proname, oid::regprocedure::text", type->oid), &count);

	questions = palloc0((count + 1) * sizeof(Question));
	for (int i = 0; i < count; i++)
	{
		Question   *question = &questions[nquestions];
		bool		known = true;

		question->result_type = get_func_signature(oids[i], &question->argtypes, &question->nargs);
		for (int j = 1; j < question->nargs; j++)
		{
			bool		found = question->argtypes[j] == type->oid;

			for (size_t k = 0; k < lengthof(arguments); k++)
				found |= arguments[k].type == question->argtypes[j];
			known &= found;
		}
		if (!known)
			continue;
		question->retset = get_func_retset(oids[i]);
		question->name = get_func_name(oids[i]);
		fmgr_info_cxt(oids[i], &question->function, TopMemoryContext);
		nquestions++;
	}
}

/*
 * fuzz_run(target text, log text, argv text[]): run libFuzzer with this command line.  It
 * ends the process.
 */
Datum
fuzz_run(PG_FUNCTION_ARGS)
{
	char	   *target = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *name = strchr(target, '/');
	Datum	   *values;
	bool	   *nulls;
	int			argc;
	char	  **argv;
	MemoryContext old;

	if (name == NULL)
		elog(ERROR, "no such target: %s", target);
	*name++ = '\0';
	SPI_connect();
	old = MemoryContextSwitchTo(TopMemoryContext);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &argc);
	argv = palloc0((argc + 1) * sizeof(char *));
	for (int i = 0; i < argc; i++)
		argv[i] = TextDatumGetCString(values[i]);
	input_context = AllocSetContextCreate(TopMemoryContext, "input", ALLOCSET_DEFAULT_SIZES);

	find_types();
	if (strcmp(target, "state") == 0)
	{
		Oid			function;
		bool		varlena;

		find_function(&deserial, name, "deserial");
		find_function(&combine, name, "combine");
		find_function(&serial, name, "serial");
		getTypeOutputInfo(get_func_rettype(find_function(&final, name, "final")), &function, &varlena);
		fmgr_info_cxt(function, &final_out, TopMemoryContext);
		run = run_state;
	}
	else
	{
		for (int i = 0; i < ntypes; i++)
		{
			if (strcmp(types[i].name, name) == 0)
				type = &types[i];
		}
		if (type == NULL)
			elog(ERROR, "no such type: %s", name);
		find_questions();
		run = strcmp(target, "text") == 0 ? run_text : run_binary;
	}
	MemoryContextSwitchTo(old);

	if (freopen(text_to_cstring(PG_GETARG_TEXT_PP(1)), "a", stderr) == NULL)
		elog(ERROR, "could not open the log");

	/* libFuzzer takes signals that nobody else handles */
	signal(SIGALRM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	exit(LLVMFuzzerRunDriver(&argc, &argv, run_one));
}
