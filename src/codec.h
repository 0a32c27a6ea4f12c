/*-------------------------------------------------------------------------
 *
 * codec.h
 *	  One description per type, and every door of the type made from it.
 *
 * A type has a plain C struct, which code works on, and a packed value: a
 * varlena of a version byte, a kind byte and the fields one after the other.
 * The packed value is canonical: equal content is equal bytes, whatever order
 * or route built it.  So equality, order and hash are those of the bytes, and
 * the binary format is the packed value itself.
 *
 * The description is a function that walks over the fields of the struct and
 * names each to the codec.  Depending on the codec's mode the walk writes the
 * fields to bytes, reads them from bytes, prints or parses the text form, or
 * writes jsonb.  A second function checks what no single field can know; it
 * runs behind every door through which a value can come from outside.
 *
 * Transition states of aggregates may have a working form of their own, which
 * is told by its kind byte: every door packs it first.  It is not meant to
 * be stored, but an aggregate made by somebody of our support functions without
 * a final function would; so it has a version, too.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#ifndef CCX_CODEC_H
#define CCX_CODEC_H

#include "amount.h"
#include "utils/date.h"

#define CODEC_VERSION		1

/* Kind bytes.  They are on disk: never change or reuse one. */
#define CODEC_KIND_RETENTION_SUMMARY	'R'
#define CODEC_KIND_MRR_HISTORY			'H'
#define CODEC_KIND_MRR_MOVEMENTS		'M'
#define CODEC_KIND_ACTIVITY				'A'
#define CODEC_KIND_COHORT_MATRIX		'C'
#define CODEC_KIND_SURVEY_SUMMARY		'S'
#define CODEC_KIND_DURATION_SUMMARY		'D'
#define CODEC_KIND_RENEWAL_SUMMARY		'N'
#define CODEC_KIND_BACKTEST_SUMMARY		'B'
#define CODEC_KIND_HEALTH_SUMMARY		'E'
#define CODEC_KIND_USAGE_SUMMARY		'U'

/*
 * Added to a kind for the working form of a transition state, which has a
 * version of its own: to be raised whenever the layout of a state changes.
 */
#define CODEC_WORKING					0x80
#define CODEC_WORKING_VERSION			1

/* What every varlena of ours starts with. */
typedef struct CodecHeader
{
	int32		vl_len_;		/* varlena header (do not touch directly!) */
	uint8		version;
	uint8		kind;
} CodecHeader;

#define CODEC_HEADER_SIZE	(VARHDRSZ + 2)

typedef enum CodecMode
{
	CODEC_PACK,					/* struct to bytes */
	CODEC_UNPACK,				/* bytes to struct */
	CODEC_PRINT,				/* struct to text */
	CODEC_PARSE,				/* text to struct */
	CODEC_DESCRIBE				/* struct to JSON */
} CodecMode;

typedef struct Codec
{
	CodecMode	mode;
	StringInfo	out;			/* where writing goes */
	const char *in;				/* what is left to read */
	const char *end;
	bool		fresh;			/* no separator before the next field */
	const char *error;			/* what was first found wrong, a sentence */
} Codec;

#define CODEC_READING(codec) \
	((codec)->mode == CODEC_UNPACK || (codec)->mode == CODEC_PARSE)

typedef struct CodecType
{
	const char *name;			/* of the SQL type */
	uint8		kind;
	Size		size;			/* of the struct */
	void		(*walk) (Codec *codec, void *value);
	const char *(*check) (const void *value);	/* a sentence, or NULL */

	/* fill the struct from the working form; NULL if there is none */
	void		(*read) (const CodecHeader *working, void *value);
} CodecType;

/* For the walkers.  After an error reading goes on with zeros. */
extern void codec_uint(Codec *codec, const char *name, uint64 *value, uint64 max);
extern void codec_int(Codec *codec, const char *name, int64 *value);
extern void codec_date(Codec *codec, const char *name, DateADT *value);
extern void codec_bool(Codec *codec, const char *name, bool *value);
extern void codec_amount(Codec *codec, const char *name, Amount *value);
extern void codec_text(Codec *codec, const char *name, char *value, int size);
extern int	codec_list_of(Codec *codec, const char *name, int count, int least);
extern void codec_item(Codec *codec);
extern void codec_item_end(Codec *codec);
extern void codec_list_end(Codec *codec);
extern void codec_fail(Codec *codec, const char *sentence);

#define codec_list(codec, name, count) codec_list_of(codec, name, count, 1)

/*
 * Pack integers if each of them is one byte, as small ones are; otherwise false,
 * and nothing is written.  For long lists of small numbers, where a call for each
 * would take most of the time.
 */
static inline bool
codec_put_small_uints(Codec *codec, const uint64 *values, int count)
{
	uint8		bytes[8];
	uint64		all = 0;

	Assert(count <= (int) sizeof(bytes));
	if (codec->mode != CODEC_PACK)
		return false;
	for (int i = 0; i < count; i++)
	{
		all |= values[i];
		bytes[i] = (uint8) values[i];
	}
	if (all > 0x7F)
		return false;
	appendBinaryStringInfo(codec->out, (const char *) bytes, count);
	return true;
}

/* Between values and structs. */
extern CodecHeader *codec_pack(const CodecType *type, const void *value);
extern CodecHeader *codec_pack_state(const CodecType *type, const CodecHeader *working);
extern void codec_unpack(const CodecType *type, const CodecHeader *packed, void *value);
extern CodecHeader *codec_get(const CodecType *type, Datum datum);
extern CodecHeader *codec_get_packed(const CodecType *type, Datum datum);
extern void codec_read(const CodecType *type, Datum datum, void *value);
extern CodecHeader *codec_checked(const CodecType *type, CodecHeader *packed);

/* The doors. */
extern Datum codec_in(const CodecType *type, FunctionCallInfo fcinfo);
extern Datum codec_out(const CodecType *type, FunctionCallInfo fcinfo);
extern Datum codec_recv(const CodecType *type, FunctionCallInfo fcinfo);
extern Datum codec_send(const CodecType *type, FunctionCallInfo fcinfo);
extern Datum codec_describe(const CodecType *type, FunctionCallInfo fcinfo);
extern int	codec_cmp(const CodecType *type, FunctionCallInfo fcinfo);
extern Datum codec_hash(const CodecType *type, FunctionCallInfo fcinfo);
extern Datum codec_hash_extended(const CodecType *type, FunctionCallInfo fcinfo);

/* One SQL function that is `expression' of type and fcinfo. */
#define CODEC_FUNCTION(prefix, suffix, expression) \
	PG_FUNCTION_INFO_V1(prefix##_##suffix); \
	Datum prefix##_##suffix(PG_FUNCTION_ARGS) { return expression; } \
	extern int	no_such_variable

/* The SQL functions of a type, to be declared in its file. */
#define CODEC_TYPE_FUNCTIONS(prefix, type) \
	CODEC_FUNCTION(prefix, in, codec_in(&type, fcinfo)); \
	CODEC_FUNCTION(prefix, out, codec_out(&type, fcinfo)); \
	CODEC_FUNCTION(prefix, recv, codec_recv(&type, fcinfo)); \
	CODEC_FUNCTION(prefix, send, codec_send(&type, fcinfo)); \
	CODEC_FUNCTION(prefix, describe, codec_describe(&type, fcinfo)); \
	CODEC_FUNCTION(prefix, eq, BoolGetDatum(codec_cmp(&type, fcinfo) == 0)); \
	CODEC_FUNCTION(prefix, ne, BoolGetDatum(codec_cmp(&type, fcinfo) != 0)); \
	CODEC_FUNCTION(prefix, lt, BoolGetDatum(codec_cmp(&type, fcinfo) < 0)); \
	CODEC_FUNCTION(prefix, le, BoolGetDatum(codec_cmp(&type, fcinfo) <= 0)); \
	CODEC_FUNCTION(prefix, gt, BoolGetDatum(codec_cmp(&type, fcinfo) > 0)); \
	CODEC_FUNCTION(prefix, ge, BoolGetDatum(codec_cmp(&type, fcinfo) >= 0)); \
	CODEC_FUNCTION(prefix, cmp, Int32GetDatum(codec_cmp(&type, fcinfo))); \
	CODEC_FUNCTION(prefix, hash, codec_hash(&type, fcinfo)); \
	CODEC_FUNCTION(prefix, hash_extended, codec_hash_extended(&type, fcinfo))

#endif							/* CCX_CODEC_H */
