/*-------------------------------------------------------------------------
 *
 * metric_track.c
 *	  The trigger of metric views in mode incremental: note who changed.
 *
 * A metric view puts statement triggers on its source which call the one
 * function in here.  Which metric view it is stands in the WHEN clause of the
 * trigger,
 *
 *	  WHEN (ROW('NAME_definition'::regclass, 'NAME_dirty'::regclass) IS NOT NULL)
 *
 * which is always true: PostgreSQL itself keeps the references right when
 * something is renamed, writes them into dumps, and lets who owns these tables
 * drop the trigger with them, be it on somebody else's table.
 *
 * Anybody can make such a trigger on a table of theirs.  So what a trigger
 * says is believed only if the definition says it, too: that both tables
 * belong to the same owner, that changes are noted in this one, and that the
 * trigger's table is the source or a part of it.  Then the customers are
 * inserted as that owner, in a security-restricted operation with a fixed
 * search_path.  Otherwise there is nothing to do, for a writer must not fail
 * because of a metric view that is not what it was.
 *
 * What was found out is remembered until one of the tables changes.  That it is
 * not to be noted is never remembered: whether it is can change with a row of
 * the definition, about which nobody tells us.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

PG_FUNCTION_INFO_V1(metric_view_note);
PG_FUNCTION_INFO_V1(metric_view_untrack);

/* So many customers of one statement are noted, whatever 1 % of all is. */
#define FEW_CUSTOMERS 20

/* What a trigger does, as long as it is valid. */
typedef struct Tracker
{
	Oid			trigger;		/* key */
	bool		valid;
	int			in_use;			/* calls under way, one within the other */
	MemoryContext context;		/* of what follows */
	Oid			definition;
	Oid			dirty;
	Oid			owner;
	bool		for_dimensions; /* on the table of the dimensions, not on the source */
	AttrNumber	customer;
	FmgrInfo	output;			/* text of a customer */
	bool		styled;			/* which depends on settings */
	bool		padded;			/* and ends in blanks that mean nothing */
	List	   *relations;		/* that all this depends on */
	SPIPlanPtr	insert;
} Tracker;

/* What a definition says about a trigger's table. */
typedef struct Tracked
{
	Oid			owner;
	AttrNumber	customer;		/* or InvalidAttrNumber */
	int64		most;			/* customers that are noted one by one */
	List	   *relations;		/* from the table to the source */
} Tracked;

/* Customers as text, each once. */
typedef struct NotedCustomer
{
	char	   *text;
	uint32		hash;
	char		status;
} NotedCustomer;

#define SH_PREFIX noted
#define SH_ELEMENT_TYPE NotedCustomer
#define SH_KEY_TYPE char *
#define SH_KEY text
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static HTAB *trackers = NULL;
static uint64 invalidations = 0;

/* ------------------------------------------------------------------------
 * What the trigger and the definition say
 * ------------------------------------------------------------------------
 */

/* The two tables in the WHEN clause. */
static void
tables_of_trigger(const Trigger *trigger, Oid *definition, Oid *dirty)
{
	NullTest   *when = trigger->tgqual ? stringToNode(trigger->tgqual) : NULL;
	List	   *row = NIL;

	if (when && IsA(when, NullTest) && IsA(when->arg, RowExpr))
		row = castNode(RowExpr, when->arg)->args;
	if (list_length(row) != 2 || !IsA(linitial(row), Const) || !IsA(lsecond(row), Const) ||
		linitial_node(Const, row)->consttype != REGCLASSOID || lsecond_node(Const, row)->consttype != REGCLASSOID ||
		linitial_node(Const, row)->constisnull || lsecond_node(Const, row)->constisnull)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger %s is not one that a metric view makes", quote_identifier(trigger->tgname)),
				 errdetail("Its WHEN clause does not name the tables of a metric view.")));
	*definition = DatumGetObjectId(linitial_node(Const, row)->constvalue);
	*dirty = DatumGetObjectId(lsecond_node(Const, row)->constvalue);
}

/* The relation, and all that rows of it are rows of, too. */
static List *
with_ancestors(Oid relation)
{
	List	   *found = list_make1_oid(relation);
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	ListCell   *cell;

	foreach(cell, found)
	{
		ScanKeyData key;
		SysScanDesc scan;
		HeapTuple	tuple;

		ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
					ObjectIdGetDatum(lfirst_oid(cell)));
		scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
			found = list_append_unique_oid(found, ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
		systable_endscan(scan);
	}
	table_close(inherits, AccessShareLock);
	return found;
}

/* An option of a definition, a text or a number, or NULL. */
static char *
option_of(Jsonb *options, const char *prefix, const char *name)
{
	char	   *key = psprintf("%s%s", prefix, name);
	JsonbValue *value;

	if (!JB_ROOT_IS_OBJECT(options))
		return NULL;
	value = getKeyJsonValueFromContainer(&options->root, key, strlen(key), NULL);
	if (value && value->type == jbvString)
		return pnstrdup(value->val.string.val, value->val.string.len);
	if (value && value->type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
	return NULL;
}

/*
 * The column of the customer in a table that is the source or a part of it.  The
 * definition has the column's number in the source, since its name can be given
 * to another one; but by name in a table that took the place of the source, of
 * which only the next refresh will know the number.
 */
static AttrNumber
customer_column(Oid relation, Oid source, Jsonb *options, const char *prefix)
{
	char	   *number_of = option_of(options, prefix, "customer_of");
	char	   *number = option_of(options, prefix, "customer_number");
	char	   *name = option_of(options, prefix, "customer");
	AttrNumber	column;

	if (number_of && number && atooid(number_of) == source)
		name = get_attname(source, atoi(number), true);
	column = name ? get_attnum(relation, name) : InvalidAttrNumber;
	/* a definition can say what it likes, but rows that changed have no system columns */
	return Max(column, InvalidAttrNumber);
}

static Datum
attribute(TupleTableSlot *slot, const char *name, bool *isnull)
{
	int			number = SPI_fnumber(slot->tts_tupleDescriptor, name);

	Assert(number > 0);			/* a table of this type has it */
	return slot_getattr(slot, number, isnull);
}

static Oid
attribute_oid(TupleTableSlot *slot, const char *name)
{
	bool		isnull;
	Datum		value = attribute(slot, name, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

/*
 * Read what the definition says about changes of a table that are to be noted in
 * "dirty": false if nothing.  The latest snapshot is taken, for an older one
 * need not know of triggers that fire.  It is looked through by hand, since a
 * scan with it would be a read of a serializable transaction, with which the
 * next refresh is in conflict: it writes there that it was done.
 */
static bool
read_definition(Oid definition, Oid dirty, Oid function, Oid relation, bool for_dimensions, Tracked *tracked)
{
	Relation	table = try_relation_open(definition, AccessShareLock);
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("metric_view_definition"),
									   ObjectIdGetDatum(get_func_namespace(function)));
	bool		found = false;

	if (!table)
		return false;
	if (table->rd_rel->relkind == RELKIND_RELATION && OidIsValid(type) && table->rd_rel->reloftype == type &&
		!table->rd_rel->relrowsecurity)
	{
		Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
		TableScanDesc scan = table_beginscan(table, SnapshotAny, 0, NULL);
		TupleTableSlot *slot = table_slot_create(table, NULL);
		const char *prefix = for_dimensions ? "dimensions_" : "";

		tracked->owner = table->rd_rel->relowner;
		tracked->relations = with_ancestors(relation);
		while (!found && table_scan_getnextslot(scan, ForwardScanDirection, slot))
		{
			Oid			source;
			bool		isnull;
			Datum		value;

			if (!table_tuple_satisfies_snapshot(table, slot, snapshot))
				continue;
			source = attribute_oid(slot, for_dimensions ? "dimensions_from" : "source");
			if (attribute_oid(slot, "dirty") != dirty || !list_member_oid(tracked->relations, source))
				continue;
			value = attribute(slot, "options", &isnull);
			tracked->customer = isnull ? InvalidAttrNumber :
				customer_column(relation, source, DatumGetJsonbP(value), prefix);
			value = attribute(slot, "customer_count", &isnull);
			tracked->most = isnull ? FEW_CUSTOMERS : Max(DatumGetInt64(value) / 100, FEW_CUSTOMERS);
			found = true;
		}
		ExecDropSingleTupleTableSlot(slot);
		table_endscan(scan);
		UnregisterSnapshot(snapshot);
	}
	relation_close(table, AccessShareLock);
	return found;
}

/* ------------------------------------------------------------------------
 * What is remembered of a trigger
 * ------------------------------------------------------------------------
 */

static void
relation_changed(Datum argument, Oid relation)
{
	HASH_SEQ_STATUS all;
	Tracker    *tracker;

	invalidations++;
	hash_seq_init(&all, trackers);
	while ((tracker = hash_seq_search(&all)) != NULL)
		if (tracker->valid && (!OidIsValid(relation) || list_member_oid(tracker->relations, relation)))
			tracker->valid = false;
}

static Tracker *
tracker_of(Oid trigger)
{
	Tracker    *tracker;
	bool		found;

	if (!trackers)
	{
		HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Tracker)};

		trackers = hash_create("triggers of metric views", 16, &control, HASH_ELEM | HASH_BLOBS);
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	}
	tracker = hash_search(trackers, &trigger, HASH_ENTER, &found);
	if (!found)
		memset((char *) tracker + sizeof(Oid), 0, sizeof(Tracker) - sizeof(Oid));
	return tracker;
}

/* Are settings of the session to be seen in the text of such values? */
static bool
is_styled(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
			return false;
		default:
			return true;
	}
}

/* Is the table that takes the customers one of the same owner?  A lock keeps it so. */
static bool
lock_dirty(Oid dirty, Oid owner)
{
	HeapTuple	tuple;
	bool		fits = false;

	LockRelationOid(dirty, RowExclusiveLock);
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(dirty));
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);

		fits = class->relkind == RELKIND_RELATION && class->relowner == owner;
		ReleaseSysCache(tuple);
	}
	if (!fits)
		UnlockRelationOid(dirty, RowExclusiveLock);
	return fits;
}

/*
 * Find out what a trigger is to do, and remember it, unless it is nothing.
 * Called by whoever writes, with no lock on tables of the metric view left if it
 * is not theirs to note there.
 */
static bool
find_out(Tracker *tracker, const TriggerData *call, Oid function)
{
	const Trigger *trigger = call->tg_trigger;
	Oid			relation = RelationGetRelid(call->tg_relation);
	uint64		before = invalidations;
	Tracked		tracked;
	Oid			definition;
	Oid			dirty;
	MemoryContext old_context;

	if (trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger %s is not one that a metric view makes", quote_identifier(trigger->tgname)),
				 errdetail("It has %d arguments instead of one.", trigger->tgnargs)));
	tracker->for_dimensions = strcmp(trigger->tgargs[0], "dimensions") == 0;
	tables_of_trigger(trigger, &definition, &dirty);
	if (!read_definition(definition, dirty, function, relation, tracker->for_dimensions, &tracked) ||
		!lock_dirty(dirty, tracked.owner))
		return false;

	if (tracker->context && tracker->in_use == 0)
	{
		if (tracker->insert)
			SPI_freeplan(tracker->insert);
		MemoryContextDelete(tracker->context);
	}
	tracker->insert = NULL;
	tracker->context = NULL;
	tracker->context = AllocSetContextCreate(CacheMemoryContext, "trigger of a metric view", ALLOCSET_SMALL_SIZES);
	tracker->definition = definition;
	tracker->dirty = dirty;
	tracker->owner = tracked.owner;
	tracker->customer = tracked.customer;
	tracker->styled = false;
	tracker->padded = false;
	old_context = MemoryContextSwitchTo(tracker->context);
	tracker->relations = list_concat_copy(list_make2_oid(definition, dirty), tracked.relations);
	MemoryContextSwitchTo(old_context);
	if (tracker->customer != InvalidAttrNumber)
	{
		Oid			type = TupleDescAttr(RelationGetDescr(call->tg_relation), tracker->customer - 1)->atttypid;
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(type, &output, &is_varlena);
		fmgr_info_cxt(output, &tracker->output, tracker->context);
		tracker->styled = is_styled(type);
		tracker->padded = getBaseType(type) == BPCHAROID;
	}
	/* what changed meanwhile has to be looked at again the next time, and what is not there */
	tracker->valid = before == invalidations && tracker->customer != InvalidAttrNumber;
	return true;
}

/* ------------------------------------------------------------------------
 * Noting
 * ------------------------------------------------------------------------
 */

static void
set_for_this_call(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* Insert a row into the table of what changed. */
static void
insert_row(Tracker *tracker, Datum customers, const char *reason)
{
	Datum		values[3] = {customers, BoolGetDatum(reason != NULL), (Datum) 0};
	char		nulls[4] = "   ";

	if (!tracker->insert || !SPI_plan_is_valid(tracker->insert))
	{
		Oid			types[3] = {TEXTARRAYOID, BOOLOID, TEXTOID};
		char	   *statement = psprintf("INSERT INTO %s (customers, whole, reason) VALUES ($1, $2, $3)",
										 quote_qualified_identifier(get_namespace_name(get_rel_namespace(tracker->dirty)),
																	get_rel_name(tracker->dirty)));
		SPIPlanPtr	plan = SPI_prepare(statement, 3, types);

		if (!plan || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare \"%s\"", statement);
		if (tracker->insert && tracker->in_use == 1)
			SPI_freeplan(tracker->insert);
		tracker->insert = plan;
	}
	if (reason)
	{
		nulls[0] = 'n';
		values[2] = CStringGetTextDatum(reason);
	}
	else
		nulls[2] = 'n';
	if (SPI_execute_plan(tracker->insert, values, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not note a change for a metric view");
}

/*
 * The customers of rows in a transition table go to "customers", "null" tells
 * if one is unknown; false as soon as they are too many.
 */
static bool
collect_customers(Tracker *tracker, const TriggerData *call, Oid function, Tuplestorestate *rows,
				  noted_hash *customers, bool *null, int64 *most)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(call->tg_relation), &TTSOpsMinimalTuple);
	bool		few = true;

	/* other triggers of the statement read it, too */
	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	while (few && tuplestore_gettupleslot(rows, true, false, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, tracker->customer, &isnull);
		bool		known = *null;

		CHECK_FOR_INTERRUPTS();
		if (isnull)
			*null = true;
		else
		{
			char	   *text = OutputFunctionCall(&tracker->output, value);

			if (tracker->padded)
				text[bpchartruelen(text, strlen(text))] = '\0';
			(void) noted_insert(customers, text, &known);
			if (known)
				pfree(text);
		}
		if (!known && customers->members + *null > *most)
		{
			Tracked		tracked = {.most = *most};

			/* how many there are was not worth a look before */
			(void) read_definition(tracker->definition, tracker->dirty, function, RelationGetRelid(call->tg_relation),
								   tracker->for_dimensions, &tracked);
			few = tracked.most > *most;
			*most = tracked.most;
		}
	}
	tuplestore_select_read_pointer(rows, 0);
	ExecDropSingleTupleTableSlot(slot);
	return few;
}

/* The rows of an INSERT, UPDATE or DELETE. */
static void
note_rows(Tracker *tracker, const TriggerData *call, Oid function)
{
	noted_hash *customers = noted_create(CurrentMemoryContext, FEW_CUSTOMERS, NULL);
	bool		null = false;
	int64		most = FEW_CUSTOMERS;
	noted_iterator all;
	NotedCustomer *customer;
	Datum	   *values;
	bool	   *nulls;
	int			count = 0;
	int			first = 1;

	if ((call->tg_oldtable && !collect_customers(tracker, call, function, call->tg_oldtable, customers, &null, &most)) ||
		(call->tg_newtable && !collect_customers(tracker, call, function, call->tg_newtable, customers, &null, &most)))
	{
		insert_row(tracker, (Datum) 0, "one statement changed more than 1 % of the customers");
		return;
	}
	if (customers->members + null == 0)
		return;
	values = palloc(sizeof(Datum) * (customers->members + 1));
	nulls = palloc0(sizeof(bool) * (customers->members + 1));
	noted_start_iterate(customers, &all);
	while ((customer = noted_iterate(customers, &all)) != NULL)
		values[count++] = CStringGetTextDatum(customer->text);
	if (null)
		nulls[count++] = true;
	insert_row(tracker,
			   PointerGetDatum(construct_md_array(values, nulls, 1, &count, &first, TEXTOID, -1, false, TYPALIGN_INT)),
			   NULL);
}

/* Note as the owner of the metric view what the statement changed. */
static void
note(Tracker *tracker, const TriggerData *call, Oid function)
{
	Oid			user;
	int			context;
	int			nest_level;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(tracker->owner, context | SECURITY_RESTRICTED_OPERATION);
	nest_level = NewGUCNestLevel();
	set_for_this_call("search_path", "pg_catalog, pg_temp");
	if (tracker->styled)
	{
		set_for_this_call("datestyle", "ISO");
		set_for_this_call("intervalstyle", "postgres");
		set_for_this_call("extra_float_digits", "1");
	}
	SPI_connect();
	if (TRIGGER_FIRED_BY_TRUNCATE(call->tg_event))
		insert_row(tracker, (Datum) 0, "the source was truncated");
	else if (tracker->customer == InvalidAttrNumber)
		insert_row(tracker, (Datum) 0, "the column of the customer is gone");
	else
		note_rows(tracker, call, function);
	SPI_finish();
	AtEOXact_GUC(false, nest_level);
	SetUserIdAndSecContext(user, context);
}

Datum
metric_view_note(PG_FUNCTION_ARGS)
{
	TriggerData *call = (TriggerData *) fcinfo->context;
	Oid			function = fcinfo->flinfo->fn_oid;
	Tracker    *tracker;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(call->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(call->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("metric_view_note() must be called by a trigger AFTER a statement")));
	tracker = tracker_of(call->tg_trigger->tgoid);
	/* its name leads to it as long as it is locked; to wait for that may tell of changes */
	if (tracker->valid)
		LockRelationOid(tracker->dirty, RowExclusiveLock);
	if (!tracker->valid && !find_out(tracker, call, function))
		PG_RETURN_POINTER(NULL);

	/* what the owner has put on the table may bring us here again */
	tracker->in_use++;
	PG_TRY();
	{
		note(tracker, call, function);
	}
	PG_FINALLY();
	{
		tracker->in_use--;
	}
	PG_END_TRY();
	PG_RETURN_POINTER(NULL);
}

/*
 * Drop the triggers that refer to a definition.  DROP TABLE ... CASCADE would do
 * that as well, and its owner may do it, but it would lock the table first, for
 * which a writer may wait who has locked the source.
 */
Datum
metric_view_untrack(PG_FUNCTION_ARGS)
{
	Oid			definition = PG_GETARG_OID(0);
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(definition));
	ObjectAddresses *triggers = new_object_addresses();
	ScanKeyData keys[2];
	Relation	depend;
	SysScanDesc scan;
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", definition)));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of table %s", quote_identifier(get_rel_name(definition)))));

	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(definition));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend entry = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress trigger;

		if (entry->classid != TriggerRelationId || entry->deptype != DEPENDENCY_NORMAL)
			continue;
		ObjectAddressSet(trigger, TriggerRelationId, entry->objid);
		add_exact_object_address(&trigger, triggers);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	performMultipleDeletions(triggers, DROP_RESTRICT, 0);
	free_object_addresses(triggers);
	PG_RETURN_VOID();
}
