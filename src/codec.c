/*-------------------------------------------------------------------------
 *
 * codec.c
 *	  One description per type, and every door of the type made from it:
 *	  see codec.h.
 *
 * Packed fields: integers are base-128 varints, least significant group
 * first, signed ones zigzagged; an amount is its sign, its base-10000 digits
 * and their weight; a list is its length and its items.  Everything is written
 * byte by byte, so neither alignment nor byte order shows.
 *
 * The text form has the same fields in the same order, in decimal, separated
 * by commas; a list is its length and its items in brackets.
 *
 * Copyright (c) 2026, the ccx authors
 *
 *-------------------------------------------------------------------------
 */
#include "ccx.h"

#include "codec.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"

/* items of a list; walkers may allocate half a kB for each */
#define LIST_MAX		2000000

/* Remember the first thing wrong, and let the rest be read as zeros. */
void
codec_fail(Codec *codec, const char *sentence)
{
	if (codec->error == NULL)
		codec->error = sentence;
	codec->in = codec->end;
}

/* The same with the name of a field in it, made only for the first. */
static void
fail_field(Codec *codec, const char *format, const char *name)
{
	codec_fail(codec, codec->error ? codec->error : psprintf(format, name));
}

/* ----------
 * Bytes
 * ----------
 */

static void
put_byte(Codec *codec, uint8 byte)
{
	appendStringInfoCharMacro(codec->out, (char) byte);
}

static uint8
get_byte(Codec *codec)
{
	if (codec->in >= codec->end)
	{
		codec_fail(codec, "The value ends too early.");
		return 0;
	}
	return (uint8) *codec->in++;
}

static void
put_varint(Codec *codec, uint64 value)
{
	while (value >= 0x80)
	{
		put_byte(codec, (uint8) (value | 0x80));
		value >>= 7;
	}
	put_byte(codec, (uint8) value);
}

static inline uint64
get_varint(Codec *codec)
{
	uint64		result = 0;

	/* most are short */
	if (likely(codec->in < codec->end && (uint8) *codec->in < 0x80))
		return (uint8) *codec->in++;
	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte = get_byte(codec);

		if (shift == 63 && byte > 1)
			break;
		result |= (uint64) (byte & 0x7F) << shift;
		if ((byte & 0x80) == 0)
			return result;
	}
	codec_fail(codec, "An integer is too long.");
	return 0;
}

#define ZIGZAG(value)	(((uint64) (value) << 1) ^ (uint64) ((value) >> 63))
#define UNZIGZAG(value) ((int64) ((value) >> 1) ^ -(int64) ((value) & 1))

/* Up to this many digits the length shares a byte with the sign. */
#define SHORT_DIGITS	127

static void
put_amount(Codec *codec, const Amount *value)
{
	AmountDigits d;

	amount_get_digits(value, &d);
	put_byte(codec, Min(d.ndigits, SHORT_DIGITS) | (d.negative ? 0x80 : 0));
	if (d.ndigits == 0)
		return;
	if (d.ndigits >= SHORT_DIGITS)
		put_varint(codec, d.ndigits - SHORT_DIGITS);
	put_varint(codec, ZIGZAG((int64) d.weight));
	enlargeStringInfo(codec->out, 2 * d.ndigits);
	for (int i = 0; i < d.ndigits; i++)
		pq_writeint16(codec->out, d.digits[i]);
}

/*
 * Can a finite numeric have a digit at the first place, and at the last?  It has
 * at most 16383 decimal places, one less than whole digits would make.
 */
static bool
digits_in_range(int64 weight, int64 ndigits)
{
	return weight <= AMOUNT_MAX_WEIGHT && weight >= -AMOUNT_MAX_FRACTION &&
		ndigits - 1 - weight <= AMOUNT_MAX_FRACTION;
}

static bool
last_digit_in_range(const AmountDigits *d)
{
	return d->ndigits - 1 - d->weight < AMOUNT_MAX_FRACTION ||
		d->digits[d->ndigits - 1] % 10 == 0;
}

/*
 * Read an amount as most are: small, and with nothing wrong.  False if it is
 * not, with nothing read.  Summaries are lists of amounts, and who merges
 * stored ones spends most of the time here.
 */
static inline bool
get_small_amount(Codec *codec, Amount *result)
{
#ifndef CCX_SLOW_AMOUNTS
	const uint8 *p = (const uint8 *) codec->in;
	int64		left = codec->end - codec->in;
	int			ndigits = left > 0 ? p[0] & 0x7F : 0;

	if (ndigits > 0 && ndigits <= AMOUNT_SMALL_DIGITS && left >= 2 + 2 * ndigits && p[1] < 0x80)
	{
		int			whole = (int) UNZIGZAG((uint64) p[1]) + 1;
		int			scale = Max(ndigits - whole, 0);

		if (scale <= AMOUNT_MAX_SCALE && whole + scale <= AMOUNT_SMALL_DIGITS)
		{
			int64		part[2] = {0, 0};	/* the first four digits, and the others */
			int			digit = 0;
			int128		value;

			for (int i = 0; i < ndigits; i++)
			{
				digit = p[2 + 2 * i] << 8 | p[3 + 2 * i];
				if (digit > 9999 || (i == 0 && digit == 0))
					return false;
				part[i / 4] = part[i / 4] * 10000 + digit;
			}
			if (digit == 0)
				return false;
			value = part[0];
			if (ndigits > 4)
				value = value * amount_power[ndigits - 4] + part[1];
			for (int i = ndigits; i < whole; i++)
				value *= 10000;
			result->value = (p[0] & 0x80) != 0 ? -value : value;
			result->scale = scale;
			result->big = NULL;
			codec->in += 2 + 2 * ndigits;
			return true;
		}
	}
#endif
	return false;
}

static Amount
get_amount(Codec *codec)
{
	AmountDigits d;
	uint8		first = get_byte(codec);
	uint64		ndigits = first & 0x7F;
	uint64		code;
	int64		weight;

	d.negative = (first & 0x80) != 0;
	if (ndigits == 0)
	{
		if (d.negative)
			codec_fail(codec, "An amount is a negative zero.");
		return AMOUNT_ZERO;
	}
	if (ndigits == SHORT_DIGITS)
		ndigits += get_varint(codec);
	code = get_varint(codec);
	weight = UNZIGZAG(code);
	if (ndigits > (uint64) (codec->end - codec->in) / 2 ||
		!digits_in_range(weight, ndigits))
	{
		codec_fail(codec, "An amount has more digits than a numeric can have.");
		return AMOUNT_ZERO;
	}
	d.weight = weight;
	d.ndigits = ndigits;
	d.digits = d.small_digits;
	if (ndigits > lengthof(d.small_digits))
		d.digits = palloc(ndigits * sizeof(int16));
	for (int i = 0; i < d.ndigits; i++)
	{
		d.digits[i] = (int16) (get_byte(codec) << 8);
		d.digits[i] |= get_byte(codec);
		if (d.digits[i] < 0 || d.digits[i] > 9999)
		{
			codec_fail(codec, "An amount has a digit out of range.");
			return AMOUNT_ZERO;
		}
	}
	if (d.digits[0] == 0 || d.digits[d.ndigits - 1] == 0)
	{
		codec_fail(codec, "An amount has zeros at an end.");
		return AMOUNT_ZERO;
	}
	if (!last_digit_in_range(&d))
	{
		codec_fail(codec, "An amount has more digits than a numeric can have.");
		return AMOUNT_ZERO;
	}
	return amount_from_digits(&d);
}

/* ----------
 * Text
 * ----------
 */

/* Comma, or name, or both, before a field is written. */
static inline void
begin_field(Codec *codec, const char *name)
{
	if (likely(codec->mode != CODEC_PRINT && codec->mode != CODEC_DESCRIBE))
		return;
	if (!codec->fresh)
		appendStringInfoChar(codec->out, ',');
	codec->fresh = false;
	if (codec->mode == CODEC_DESCRIBE)
		appendStringInfo(codec->out, "\"%s\":", name);
}

/* The next field of the text form, up to a comma or bracket. */
static const char *
get_token(Codec *codec, int *length)
{
	const char *start;

	if (!codec->fresh)
	{
		if (codec->in >= codec->end || *codec->in != ',')
		{
			codec_fail(codec, "A field is missing, or is not where it should be.");
			*length = 0;
			return codec->end;
		}
		codec->in++;
	}
	codec->fresh = false;
	start = codec->in;
	while (codec->in < codec->end && strchr(",[]()", *codec->in) == NULL)
		codec->in++;
	*length = codec->in - start;
	return start;
}

/* An optional minus and digits, without leading zeros. */
static bool
parse_integer(const char *token, int length, bool *negative, uint64 *result)
{
	int			i = 0;

	*result = 0;
	*negative = length > 0 && token[0] == '-';
	if (*negative)
		i++;
	if (i == length || (token[i] == '0' && length > 1))
		return false;
	for (; i < length; i++)
	{
		if (token[i] < '0' || token[i] > '9' ||
			__builtin_mul_overflow(*result, (uint64) 10, result) ||
			__builtin_add_overflow(*result, (uint64) (token[i] - '0'), result))
			return false;
	}
	return true;
}

static uint64
get_uint_token(Codec *codec)
{
	int			length;
	const char *token = get_token(codec, &length);
	bool		negative;
	uint64		result;

	if (!parse_integer(token, length, &negative, &result) || negative)
	{
		codec_fail(codec, "A field should be an integer that is not negative.");
		return 0;
	}
	return result;
}

static int64
get_int_token(Codec *codec)
{
	int			length;
	const char *token = get_token(codec, &length);
	bool		negative;
	uint64		result;

	if (!parse_integer(token, length, &negative, &result) ||
		result > (uint64) PG_INT64_MAX)
	{
		codec_fail(codec, "A field should be an integer.");
		return 0;
	}
	return negative ? -(int64) result : (int64) result;
}

static void
print_amount(StringInfo out, const Amount *value)
{
	AmountDigits d;

	amount_get_digits(value, &d);
	if (d.negative)
		appendStringInfoChar(out, '-');
	if (d.weight < 0 || d.ndigits == 0)
		appendStringInfoChar(out, '0');
	for (int i = 0; i <= d.weight && d.ndigits > 0; i++)
		appendStringInfo(out, i == 0 ? "%d" : "%04d",
						 i < d.ndigits ? d.digits[i] : 0);
	if (d.ndigits - 1 > d.weight)
	{
		appendStringInfoChar(out, '.');
		for (int i = -1; i > d.weight; i--)
			appendStringInfoString(out, "0000");
		for (int i = Max(d.weight + 1, 0); i < d.ndigits; i++)
			appendStringInfo(out, "%04d", d.digits[i]);
		while (out->data[out->len - 1] == '0')
			out->data[--out->len] = '\0';
	}
}

/*
 * A decimal number as print_amount() writes it: no exponent, no plus, no
 * superfluous zeros.
 */
static bool
parse_amount(const char *token, int length, Amount *result)
{
	const char *point;
	const char *end = token + length;
	AmountDigits d;
	int			whole;			/* decimal places before the point */
	int			fraction;
	int			lead;
	int			used = 0;

	d.negative = length > 0 && *token == '-';
	if (d.negative)
		token++;
	point = memchr(token, '.', end - token);
	whole = (point ? point : end) - token;
	fraction = point ? end - point - 1 : 0;
	if (whole == 0 || (point && fraction == 0) ||
		(whole > 1 && *token == '0') || (point && end[-1] == '0') ||
		(d.negative && end - token == 1 && *token == '0'))
		return false;
	for (const char *p = token; p < end; p++)
	{
		if (p != point && (*p < '0' || *p > '9'))
			return false;
	}

	/* groups of four places, counted from the point */
	lead = (whole + 3) / 4;
	d.ndigits = lead + (fraction + 3) / 4;
	d.weight = lead - 1;
	if (!digits_in_range(d.weight, d.ndigits))
		return false;
	d.digits = d.small_digits;
	if (d.ndigits > (int) lengthof(d.small_digits))
		d.digits = palloc(d.ndigits * sizeof(int16));
	for (int i = 0; i < d.ndigits; i++)
	{
		/* place of this group's first decimal, counted from the first one */
		int			start = i < lead ? whole - 4 * (lead - i) : 4 * (i - lead);
		int16		digit = 0;

		for (int j = start; j < start + 4; j++)
		{
			digit *= 10;
			if (i < lead && j >= 0)
				digit += token[j] - '0';
			else if (i >= lead && j < fraction)
				digit += point[1 + j] - '0';
		}
		d.digits[used++] = digit;
	}
	while (d.ndigits > 0 && d.digits[d.ndigits - 1] == 0)
		d.ndigits--;
	while (d.ndigits > 0 && d.digits[0] == 0)
	{
		d.digits++;
		d.ndigits--;
		d.weight--;
	}
	if (d.ndigits > 0 && !last_digit_in_range(&d))
		return false;
	*result = amount_from_digits(&d);
	return true;
}

/* ----------
 * What walkers call
 * ----------
 */

void
codec_uint(Codec *codec, const char *name, uint64 *value, uint64 max)
{
	begin_field(codec, name);
	switch (codec->mode)
	{
		case CODEC_PACK:
			put_varint(codec, *value);
			break;
		case CODEC_UNPACK:
			*value = get_varint(codec);
			break;
		case CODEC_PRINT:
		case CODEC_DESCRIBE:
			appendStringInfo(codec->out, UINT64_FORMAT, *value);
			break;
		case CODEC_PARSE:
			*value = get_uint_token(codec);
			break;
	}
	if (CODEC_READING(codec) && *value > max)
	{
		fail_field(codec, "Field \"%s\" is above its limit.", name);
		*value = 0;
	}
}

void
codec_int(Codec *codec, const char *name, int64 *value)
{
	uint64		code;

	begin_field(codec, name);
	switch (codec->mode)
	{
		case CODEC_PACK:
			put_varint(codec, ZIGZAG(*value));
			break;
		case CODEC_UNPACK:
			code = get_varint(codec);
			*value = UNZIGZAG(code);
			break;
		case CODEC_PRINT:
		case CODEC_DESCRIBE:
			appendStringInfo(codec->out, INT64_FORMAT, *value);
			break;
		case CODEC_PARSE:
			*value = get_int_token(codec);
			break;
	}
	/* leave room for negation */
	if (CODEC_READING(codec) && *value == PG_INT64_MIN)
	{
		fail_field(codec, "Field \"%s\" is below its limit.", name);
		*value = 0;
	}
}

/*
 * A finite date.  In text and bytes it is the day number, which no setting of
 * the session can change.
 */
void
codec_date(Codec *codec, const char *name, DateADT *value)
{
	if (codec->mode == CODEC_DESCRIBE)
	{
		int			year;
		int			month;
		int			day;

		begin_field(codec, name);
		j2date(*value + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		appendStringInfo(codec->out, "\"%04d-%02d-%02d%s\"",
						 year > 0 ? year : 1 - year, month, day,
						 year > 0 ? "" : " BC");
	}
	else
	{
		int64		day = *value;

		codec_int(codec, name, &day);
		if (CODEC_READING(codec))
		{
			if (day < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE ||
				day >= DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)
			{
				fail_field(codec, "Field \"%s\" is not a finite date.", name);
				day = 0;
			}
			*value = day;
		}
	}
}

void
codec_bool(Codec *codec, const char *name, bool *value)
{
	uint64		number = *value ? 1 : 0;

	if (codec->mode == CODEC_DESCRIBE)
	{
		begin_field(codec, name);
		appendStringInfoString(codec->out, *value ? "true" : "false");
		return;
	}
	codec_uint(codec, name, &number, 1);
	if (CODEC_READING(codec))
		*value = number != 0;
}

static pg_noinline void
amount_walk(Codec *codec, const char *name, Amount *value)
{
	const char *token;
	int			length;

	begin_field(codec, name);
	switch (codec->mode)
	{
		case CODEC_PACK:
			put_amount(codec, value);
			break;
		case CODEC_UNPACK:
			*value = get_amount(codec);
			break;
		case CODEC_PRINT:
		case CODEC_DESCRIBE:
			print_amount(codec->out, value);
			break;
		case CODEC_PARSE:
			token = get_token(codec, &length);
			*value = AMOUNT_ZERO;
			if (!parse_amount(token, length, value))
				fail_field(codec, "Field \"%s\" should be a decimal number without exponent or superfluous zeros.", name);
			break;
	}
}

void
codec_amount(Codec *codec, const char *name, Amount *value)
{
	/* apart from all else, which needs a large frame */
	if (codec->mode != CODEC_UNPACK || !get_small_amount(codec, value))
		amount_walk(codec, name, value);
}

/*
 * A short string in the server's encoding, in a buffer of that size.  In the
 * text form it stands in double quotes, with quotes and backslashes escaped.
 */
void
codec_text(Codec *codec, const char *name, char *value, int size)
{
	int			length = 0;

	begin_field(codec, name);
	switch (codec->mode)
	{
		case CODEC_PACK:
			length = strlen(value);
			put_varint(codec, length);
			appendBinaryStringInfo(codec->out, value, length);
			break;
		case CODEC_UNPACK:
			{
				uint64		stated = get_varint(codec);

				if (stated >= (uint64) size ||
					stated > (uint64) (codec->end - codec->in))
				{
					fail_field(codec, "Field \"%s\" is too long.", name);
					break;
				}
				length = stated;
				memcpy(value, codec->in, length);
				codec->in += length;
				break;
			}
		case CODEC_PRINT:
			appendStringInfoChar(codec->out, '"');
			for (const char *p = value; *p; p++)
			{
				if (*p == '"' || *p == '\\')
					appendStringInfoChar(codec->out, '\\');
				appendStringInfoChar(codec->out, *p);
			}
			appendStringInfoChar(codec->out, '"');
			break;
		case CODEC_DESCRIBE:
			escape_json(codec->out, value);
			break;
		case CODEC_PARSE:
			{
				const char *p = codec->in;

				if (!codec->fresh)
				{
					if (p >= codec->end || *p++ != ',')
						goto malformed;
				}
				codec->fresh = false;
				if (p >= codec->end || *p++ != '"')
					goto malformed;
				for (;; p++)
				{
					if (p >= codec->end)
						goto malformed;
					if (*p == '"')
						break;
					if (*p == '\\' && (++p >= codec->end || (*p != '"' && *p != '\\')))
						goto malformed;
					if (length + 1 >= size)
						goto malformed;
					value[length++] = *p;
				}
				codec->in = p + 1;
				break;
		malformed:
				fail_field(codec, "Field \"%s\" should be a short string in double quotes.", name);
				length = 0;
				break;
			}
	}
	if (CODEC_READING(codec))
	{
		value[length] = '\0';
		if ((int) strlen(value) != length ||
			!pg_verifymbstr(value, length, true))
		{
			fail_field(codec, "Field \"%s\" is not a string of the server's encoding.", name);
			value[0] = '\0';
		}
	}
}

/*
 * Begin a list; returns the number of items.  When reading, no more items are
 * announced than the input can hold at `least' bytes each, so that a forged
 * length cannot make a walker allocate much more than the input is long.
 */
int
codec_list_of(Codec *codec, const char *name, int count, int least)
{
	uint64		length = count;

	if (!CODEC_READING(codec) && count > LIST_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("list \"%s\" has more than %d items", name, LIST_MAX),
				 errhint("Aggregate fewer rows to one value, or use a coarser step.")));

	switch (codec->mode)
	{
		case CODEC_PACK:
			put_varint(codec, length);
			break;
		case CODEC_UNPACK:
			length = get_varint(codec);
			break;
		case CODEC_PRINT:
			begin_field(codec, name);
			appendStringInfo(codec->out, UINT64_FORMAT "[", length);
			break;
		case CODEC_DESCRIBE:
			begin_field(codec, name);
			appendStringInfoChar(codec->out, '[');
			break;
		case CODEC_PARSE:
			length = get_uint_token(codec);
			if (codec->in >= codec->end || *codec->in++ != '[')
				fail_field(codec, "List \"%s\" should begin with a bracket.", name);
			break;
	}
	codec->fresh = true;
	if (CODEC_READING(codec))
	{
		if (length > LIST_MAX || length > (uint64) (codec->end - codec->in) / least)
		{
			fail_field(codec, "List \"%s\" is shorter than it says.", name);
			length = 0;
		}
		if (codec->error)
			length = 0;
	}
	return (int) length;
}

void
codec_item(Codec *codec)
{
	/* lists may be long, and every walk passes here */
	CHECK_FOR_INTERRUPTS();
	if (codec->mode == CODEC_PRINT || codec->mode == CODEC_DESCRIBE)
	{
		if (!codec->fresh)
			appendStringInfoChar(codec->out, ',');
		appendStringInfoChar(codec->out, codec->mode == CODEC_PRINT ? '(' : '{');
	}
	else if (codec->mode == CODEC_PARSE)
	{
		if (!codec->fresh && (codec->in >= codec->end || *codec->in++ != ','))
			codec_fail(codec, "List items should be separated by commas.");
		if (codec->in >= codec->end || *codec->in++ != '(')
			codec_fail(codec, "A list item should begin with a parenthesis.");
	}
	codec->fresh = true;
}

void
codec_item_end(Codec *codec)
{
	if (codec->mode == CODEC_PRINT || codec->mode == CODEC_DESCRIBE)
		appendStringInfoChar(codec->out, codec->mode == CODEC_PRINT ? ')' : '}');
	else if (codec->mode == CODEC_PARSE &&
			 (codec->in >= codec->end || *codec->in++ != ')'))
		codec_fail(codec, "A list item should end with a parenthesis.");
	codec->fresh = false;
}

void
codec_list_end(Codec *codec)
{
	if (codec->mode == CODEC_PRINT || codec->mode == CODEC_DESCRIBE)
		appendStringInfoChar(codec->out, ']');
	else if (codec->mode == CODEC_PARSE &&
			 (codec->in >= codec->end || *codec->in++ != ']'))
		codec_fail(codec, "A list should end with a bracket.");
	codec->fresh = false;
}

/* ----------
 * Between values and structs
 * ----------
 */

CodecHeader *
codec_pack(const CodecType *type, const void *value)
{
	StringInfoData buf;
	Codec		codec = {.mode = CODEC_PACK};
	CodecHeader *result;

	initStringInfo(&buf);
	appendStringInfoSpaces(&buf, CODEC_HEADER_SIZE);
	codec.out = &buf;
	/* packing reads the struct only */
	type->walk(&codec, unconstify(void *, value));
	result = (CodecHeader *) buf.data;
	SET_VARSIZE(result, buf.len);
	result->version = CODEC_VERSION;
	result->kind = type->kind;
	return result;
}

/*
 * Read the payload of a packed value.  Returns what is wrong with it, or NULL.
 */
static const char *
unpack_payload(const CodecType *type, const char *data, int size, void *value)
{
	Codec		codec = {.mode = CODEC_UNPACK};

	memset(value, 0, type->size);
	codec.in = data;
	codec.end = data + size;
	type->walk(&codec, value);
	if (codec.error == NULL && codec.in != codec.end)
		codec.error = "The value goes on after its last field.";
	return codec.error;
}

/*
 * A stored value has been through a door already; here it is only kept from
 * doing harm should it have been damaged since.
 */
void
codec_unpack(const CodecType *type, const CodecHeader *packed, void *value)
{
	const char *error;

	error = unpack_payload(type, (const char *) packed + CODEC_HEADER_SIZE,
						   VARSIZE(packed) - CODEC_HEADER_SIZE, value);
	if (error != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stored value of type %s is damaged", type->name),
				 errdetail_internal("%s", error)));
}

/*
 * The value in an argument, detoasted, in whichever form it has.
 */
CodecHeader *
codec_get(const CodecType *type, Datum datum)
{
	CodecHeader *result = (CodecHeader *) PG_DETOAST_DATUM(datum);

	if (unlikely(VARSIZE(result) < CODEC_HEADER_SIZE ||
				 (result->kind & ~CODEC_WORKING) != type->kind ||
				 result->version != ((result->kind & CODEC_WORKING) ?
									 CODEC_WORKING_VERSION : CODEC_VERSION)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("value is not of type %s, or of a version this library does not know",
						type->name)));

	/* from inside a tuple a working form need not be aligned for its integers */
	if ((result->kind & CODEC_WORKING) != 0 &&
		(uintptr_t) result != MAXALIGN((uintptr_t) result))
		result = memcpy(palloc(VARSIZE(result)), result, VARSIZE(result));
	return result;
}

/* The content of a working form. */
CodecHeader *
codec_pack_state(const CodecType *type, const CodecHeader *working)
{
	void	   *value = palloc(type->size);

	type->read(working, value);
	return codec_pack(type, value);
}

CodecHeader *
codec_get_packed(const CodecType *type, Datum datum)
{
	CodecHeader *result = codec_get(type, datum);

	if (result->kind & CODEC_WORKING)
		result = codec_pack_state(type, result);
	return result;
}

/* The content of an argument, in whichever form. */
void
codec_read(const CodecType *type, Datum datum, void *value)
{
	CodecHeader *header = codec_get(type, datum);

	if (header->kind & CODEC_WORKING)
		type->read(header, value);
	else
		codec_unpack(type, header, value);
}

/*
 * What a support function returns to a direct call or as a final function: a
 * value that every door takes, or an error.  A row may have been taken away
 * that was never added.
 */
CodecHeader *
codec_checked(const CodecType *type, CodecHeader *packed)
{
	void	   *value = palloc(type->size);
	const char *error;

	codec_unpack(type, packed, value);
	error = type->check(value);
	if (error != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("result would not be a valid %s", type->name),
				 errdetail_internal("%s", error)));
	return packed;
}

/* ----------
 * The doors
 * ----------
 */

Datum
codec_in(const CodecType *type, FunctionCallInfo fcinfo)
{
	const char *string = PG_GETARG_CSTRING(0);
	Node	   *escontext = CCX_ESCONTEXT(fcinfo);
	Codec		codec = {.mode = CODEC_PARSE};
	void	   *value = palloc0(type->size);
	uint64		version;

	codec.in = string;
	codec.end = string + strlen(string);
	codec.fresh = true;
	version = get_uint_token(&codec);
	if (codec.error == NULL && version != CODEC_VERSION)
		codec_fail(&codec, "The first field should be a version that this library knows.");
	if (codec.error == NULL)
		type->walk(&codec, value);
	if (codec.error == NULL && codec.in != codec.end)
		codec.error = "There is something after the last field.";
	if (codec.error == NULL)
		codec.error = type->check(value);
	if (codec.error != NULL)
		ccx_ereturn(escontext, (Datum) 0,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("invalid input syntax for type %s: \"%.*s\"",
							type->name, shown_length(string, strlen(string)), string),
					 errdetail_internal("%s", codec.error)));
	PG_RETURN_POINTER(codec_pack(type, value));
}

Datum
codec_out(const CodecType *type, FunctionCallInfo fcinfo)
{
	StringInfoData buf;
	Codec		codec = {.mode = CODEC_PRINT};
	void	   *value = palloc(type->size);

	codec_read(type, PG_GETARG_DATUM(0), value);
	initStringInfo(&buf);
	appendStringInfo(&buf, "%d", CODEC_VERSION);
	codec.out = &buf;
	type->walk(&codec, value);
	PG_RETURN_CSTRING(buf.data);
}

/*
 * What comes in must be just what would go out: an overlong integer or any
 * other spelling of a valid value would break equality by bytes.
 */
Datum
codec_recv(const CodecType *type, FunctionCallInfo fcinfo)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			size = buf->len - buf->cursor;
	const char *data = pq_getmsgbytes(buf, size);
	void	   *value = palloc(type->size);
	const char *error = NULL;
	CodecHeader *result = NULL;

	if (size < 2 || (uint8) data[0] != CODEC_VERSION || (uint8) data[1] != type->kind)
		error = "The value does not begin with a version and a kind that this library knows.";
	if (error == NULL)
		error = unpack_payload(type, data + 2, size - 2, value);
	if (error == NULL)
		error = type->check(value);
	if (error == NULL)
	{
		result = codec_pack(type, value);
		if (VARSIZE(result) - VARHDRSZ != (Size) size ||
			memcmp(VARDATA(result), data, size) != 0)
			error = "The value is not in its canonical form.";
	}
	if (error != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", type->name),
				 errdetail_internal("%s", error)));
	PG_RETURN_POINTER(result);
}

/*
 * The canonical bytes of an argument, without a copy where possible: this is
 * what comparisons in sorts and hash tables run on.  Sets *copy to what the
 * caller may free.
 */
static const char *
canonical_bytes(const CodecType *type, Datum datum, int *size, void **copy)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(datum);
	const char *data = VARDATA_ANY(value);

	*copy = (Pointer) value != DatumGetPointer(datum) ? value : NULL;
	*size = VARSIZE_ANY_EXHDR(value);
	if (*size < 2 || data[0] != CODEC_VERSION || (uint8) data[1] != type->kind)
	{
		/* a working form, or an error */
		CodecHeader *packed = codec_get_packed(type, PointerGetDatum(value));

		*copy = packed;
		*size = VARSIZE(packed) - VARHDRSZ;
		data = VARDATA(packed);
	}
	return data;
}

Datum
codec_send(const CodecType *type, FunctionCallInfo fcinfo)
{
	int			size;
	void	   *copy;
	const char *data = canonical_bytes(type, PG_GETARG_DATUM(0), &size, &copy);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbytes(&buf, data, size);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

Datum
codec_describe(const CodecType *type, FunctionCallInfo fcinfo)
{
	StringInfoData buf;
	Codec		codec = {.mode = CODEC_DESCRIBE};
	void	   *value = palloc(type->size);

	codec_read(type, PG_GETARG_DATUM(0), value);
	initStringInfo(&buf);
	appendStringInfo(&buf, "{\"type\":\"%s\",\"version\":%d",
					 type->name, CODEC_VERSION);
	codec.out = &buf;
	type->walk(&codec, value);
	appendStringInfoChar(&buf, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(buf.data));
}

int
codec_cmp(const CodecType *type, FunctionCallInfo fcinfo)
{
	int			a_size;
	int			b_size;
	void	   *a_copy;
	void	   *b_copy;
	const char *a = canonical_bytes(type, PG_GETARG_DATUM(0), &a_size, &a_copy);
	const char *b = canonical_bytes(type, PG_GETARG_DATUM(1), &b_size, &b_copy);
	int			result = memcmp(a, b, Min(a_size, b_size));

	if (result == 0)
		result = a_size - b_size;
	if (a_copy)
		pfree(a_copy);
	if (b_copy)
		pfree(b_copy);
	return result < 0 ? -1 : result > 0 ? 1 : 0;
}

Datum
codec_hash(const CodecType *type, FunctionCallInfo fcinfo)
{
	int			size;
	void	   *copy;
	const char *data = canonical_bytes(type, PG_GETARG_DATUM(0), &size, &copy);
	Datum		result = hash_any((const unsigned char *) data, size);

	if (copy)
		pfree(copy);
	return result;
}

Datum
codec_hash_extended(const CodecType *type, FunctionCallInfo fcinfo)
{
	int			size;
	void	   *copy;
	const char *data = canonical_bytes(type, PG_GETARG_DATUM(0), &size, &copy);
	Datum		result = hash_any_extended((const unsigned char *) data, size,
										   PG_GETARG_INT64(1));

	if (copy)
		pfree(copy);
	return result;
}
