/*
 * What Power BI and Tableau do over ODBC: list views, columns, types and sizes, and then group, sort, filter, page and
 * add up every column.  Buffers are as long as the driver says that a column is, which is what cuts text in these tools.
 *
 *     clients CONNECTION_STRING NAME VIEW...
 *
 * Views are SCHEMA.VIEW; NAME is what to call the connection.  Prints TAP: for each view a line for each check; what is
 * wrong follows as comments.
 */
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sql.h>
#include <sqlext.h>

#define MAX_COLUMNS 64
#define MAX_GROUPS 20

typedef struct Value
{
	SQLSMALLINT sql_type;
	SQLSMALLINT c_type;
	SQLULEN		size;			/* of the column */
	SQLLEN		length;			/* in bytes, or SQL_NULL_DATA */
	bool		cut;
	union
	{
		DATE_STRUCT date;
		TIMESTAMP_STRUCT timestamp;
		SQLBIGINT	bigint;
		double		number;
		unsigned char bit;
		char		text[100];
	}			v;
	SQLWCHAR   *wide;			/* text */
} Value;

typedef struct Column
{
	char		name[64];
	SQLSMALLINT sql_type;
} Column;

static SQLHDBC db;
static const char *connection;
static int	failures;
static int	wrongs;
static char wrong_text[5][500];

static Column columns[MAX_COLUMNS];
static int	n_columns;
static const char *view;
static char schema[64];
static char name[64];
static char from[200];
static long long total;

/* -------- what is wrong -------- */

static void
wrong(const char *format,...)
{
	va_list		args;

	va_start(args, format);
	if (wrongs < 5)
		vsnprintf(wrong_text[wrongs], sizeof(wrong_text[0]), format, args);
	va_end(args);
	wrongs++;
}

static void
report(const char *what)
{
	printf("%s - %s %s: %s\n", wrongs ? "not ok" : "ok", connection, view, what);
	for (int i = 0; i < wrongs && i < 5; i++)
		printf("#   %s\n", wrong_text[i]);
	failures += wrongs > 0;
	wrongs = 0;
}

/* Is it an error?  Then it is wrong. */
static bool
failed(SQLRETURN code, SQLSMALLINT kind, SQLHANDLE handle, const char *doing)
{
	SQLCHAR		state[6] = "";
	SQLCHAR		message[300] = "";

	if (SQL_SUCCEEDED(code) || code == SQL_NO_DATA)
		return false;
	SQLGetDiagRec(kind, handle, 1, state, NULL, message, sizeof(message), NULL);
	wrong("%.120s: %s %s", doing, state, message);
	return true;
}

/* -------- queries -------- */

/* The text of a query, until the next one. */
static char *
sql(const char *format,...)
{
	static char text[20000];
	va_list		args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return text;
}

/* The columns, each in a format: a list */
static char *
list(const char *format)
{
	static char text[8000];
	size_t		length = 0;

	for (int i = 0; i < n_columns; i++)
		length += snprintf(text + length, sizeof(text) - length, format, i ? ", " : "", columns[i].name);
	return text;
}

static SQLSMALLINT
c_type_of(SQLSMALLINT sql_type)
{
	switch (sql_type)
	{
		case SQL_TYPE_DATE:
			return SQL_C_TYPE_DATE;
		case SQL_TYPE_TIMESTAMP:
			return SQL_C_TYPE_TIMESTAMP;
		case SQL_BIGINT:
		case SQL_INTEGER:
			return SQL_C_SBIGINT;
		case SQL_DOUBLE:
		case SQL_FLOAT:
			return SQL_C_DOUBLE;
		case SQL_BIT:
			return SQL_C_BIT;
		case SQL_NUMERIC:
			return SQL_C_CHAR;
		default:
			return SQL_C_WCHAR;
	}
}

static void
bind(SQLHSTMT s, int number, Value *value)
{
	SQLPOINTER	data = value->c_type == SQL_C_WCHAR ? (SQLPOINTER) value->wide : (SQLPOINTER) &value->v;

	failed(SQLBindParameter(s, number, SQL_PARAM_INPUT, value->c_type, value->sql_type,
							value->size ? value->size : 1, value->sql_type == SQL_NUMERIC ? 10 : 0,
							data, value->length, &value->length),
		   SQL_HANDLE_STMT, s, "SQLBindParameter");
}

/* A query with up to two parameters; NULL if it fails. */
static SQLHSTMT
query(const char *sql, Value *first, Value *second)
{
	SQLHSTMT	s;

	SQLAllocHandle(SQL_HANDLE_STMT, db, &s);
	if (failed(SQLPrepare(s, (SQLCHAR *) sql, SQL_NTS), SQL_HANDLE_STMT, s, sql))
		goto fail;
	if (first)
		bind(s, 1, first);
	if (second)
		bind(s, 2, second);
	if (failed(SQLExecute(s), SQL_HANDLE_STMT, s, sql))
		goto fail;
	return s;
fail:
	SQLFreeHandle(SQL_HANDLE_STMT, s);
	return NULL;
}

static void
finish(SQLHSTMT s)
{
	SQLFreeHandle(SQL_HANDLE_STMT, s);
}

static bool
next(SQLHSTMT s)
{
	return SQL_SUCCEEDED(SQLFetch(s));
}

/* A column of the current row, in a buffer of the size that the driver says. */
static Value
get(SQLHSTMT s, int number)
{
	Value		value = {0};
	SQLCHAR		label[64];
	SQLSMALLINT decimals;
	SQLSMALLINT nullable;
	SQLRETURN	code;

	SQLDescribeCol(s, number, label, sizeof(label), NULL, &value.sql_type, &value.size, &decimals, &nullable);
	value.c_type = c_type_of(value.sql_type);
	if (value.c_type == SQL_C_WCHAR)
	{
		SQLLEN		bytes = (value.size + 1) * sizeof(SQLWCHAR);

		value.wide = calloc(1, bytes);
		code = SQLGetData(s, number, SQL_C_WCHAR, value.wide, bytes, &value.length);
	}
	else if (value.c_type == SQL_C_CHAR)
		/* digits, sign, point */
		code = SQLGetData(s, number, SQL_C_CHAR, value.v.text,
						  value.size + 3 < sizeof(value.v.text) ? value.size + 3 : sizeof(value.v.text), &value.length);
	else
		code = SQLGetData(s, number, value.c_type, &value.v, sizeof(value.v), &value.length);
	value.cut = code == SQL_SUCCESS_WITH_INFO;
	failed(code, SQL_HANDLE_STMT, s, (char *) label);
	return value;
}

static void
forget(Value *value)
{
	free(value->wide);
	value->wide = NULL;
}

/* Text that is never cut, for what this program itself asks. */
static void
get_text(SQLHSTMT s, int number, char *text, size_t size)
{
	SQLLEN		length = 0;

	text[0] = '\0';
	SQLGetData(s, number, SQL_C_CHAR, text, size, &length);
	if (length == SQL_NULL_DATA)
		text[0] = '\0';
}

static long long
get_count(SQLHSTMT s, int number)
{
	SQLBIGINT	n = -1;

	SQLGetData(s, number, SQL_C_SBIGINT, &n, sizeof(n), NULL);
	return n;
}

static long long
count(const char *sql, Value *first, Value *second)
{
	SQLHSTMT	s = query(sql, first, second);
	long long	n = -1;

	if (s)
	{
		if (next(s))
			n = get_count(s, 1);
		finish(s);
	}
	return n;
}

static long long
count_rows(const char *sql, Value *first, Value *second)
{
	SQLHSTMT	s = query(sql, first, second);
	long long	n = 0;

	if (s)
	{
		while (next(s))
			n++;
		finish(s);
	}
	return n;
}

/* -------- checks -------- */

static void
check_types(void)
{
	SQLHSTMT	s;
	bool		listed = false;

	SQLAllocHandle(SQL_HANDLE_STMT, db, &s);
	failed(SQLTables(s, NULL, 0, (SQLCHAR *) schema, SQL_NTS, (SQLCHAR *) "%", SQL_NTS, (SQLCHAR *) "TABLE,VIEW", SQL_NTS),
		   SQL_HANDLE_STMT, s, "SQLTables");
	while (next(s))
	{
		char		found[64];

		get_text(s, 3, found, sizeof(found));
		listed |= strcmp(found, name) == 0;
	}
	finish(s);
	if (!listed)
		wrong("it is not listed");
	report("is listed among tables and views");

	n_columns = 0;
	SQLAllocHandle(SQL_HANDLE_STMT, db, &s);
	SQLSetStmtAttr(s, SQL_ATTR_METADATA_ID, (SQLPOINTER) SQL_TRUE, 0);
	failed(SQLColumns(s, NULL, 0, (SQLCHAR *) schema, SQL_NTS, (SQLCHAR *) name, SQL_NTS, NULL, 0), SQL_HANDLE_STMT, s, "SQLColumns");
	while (next(s) && n_columns < MAX_COLUMNS)
	{
		Column	   *c = &columns[n_columns++];
		char		type_name[64];
		long long	size,
					decimals;

		get_text(s, 4, c->name, sizeof(c->name));
		c->sql_type = (SQLSMALLINT) get_count(s, 5);
		get_text(s, 6, type_name, sizeof(type_name));
		size = get_count(s, 7);
		decimals = get_count(s, 9);
		switch (c->sql_type)
		{
			case SQL_TYPE_DATE:
			case SQL_TYPE_TIMESTAMP:
			case SQL_BIGINT:
			case SQL_INTEGER:
			case SQL_DOUBLE:
			case SQL_FLOAT:
			case SQL_BIT:
				break;
			case SQL_NUMERIC:
				if (!(size == 38 && decimals == 10) && !(size == 24 && decimals == 6))
					wrong("%s is of %lld digits, %lld decimals", c->name, size, decimals);
				break;
			case SQL_LONGVARCHAR:
			case SQL_WLONGVARCHAR:
				if (strcmp(type_name, "text") != 0 || size < 4000)
					wrong("%s is %s of %lld", c->name, type_name, size);
				break;
			case SQL_VARCHAR:
			case SQL_WVARCHAR:
				/* the driver's default for booleans */
				if (strcmp(type_name, "bool") != 0)
					wrong("%s is %s of %lld", c->name, type_name, size);
				break;
			default:
				wrong("%s is of type %d, %s", c->name, c->sql_type, type_name);
		}
	}
	finish(s);
	if (n_columns == 0)
		wrong("no columns");
	report("every column has a type that tools know");
}

static void
check_values(void)
{
	SQLHSTMT	s;

	total = 0;
	if ((s = query(sql("SELECT *, %s%s", list("%slength(\"%s\"::text)"), from), NULL, NULL)) != NULL)
	{
		for (; next(s); total++)
			for (int i = 0; i < n_columns; i++)
			{
				Value		value = get(s, i + 1);
				long long	length = get_count(s, n_columns + i + 1);

				if (value.length == SQL_NULL_DATA)
					;
				else if (value.cut)
					wrong("%s is cut: %lld characters do not fit into %lld", columns[i].name, length, (long long) value.size);
				else if (value.c_type == SQL_C_DOUBLE && !isfinite(value.v.number))
					wrong("%s is %f", columns[i].name, value.v.number);
				else if (value.c_type == SQL_C_CHAR && strspn(value.v.text, "-.0123456789") != strlen(value.v.text))
					wrong("%s is %s", columns[i].name, value.v.text);
				else if (value.c_type == SQL_C_WCHAR && strncmp(columns[i].name, "is_", 3) != 0 && strcmp(columns[i].name, "populated") != 0)
				{
					long long	n = 0;

					/* a character beyond 16 bits is two units */
					for (SQLWCHAR *p = value.wide; *p; p++)
						n += (*p & 0xFC00) != 0xDC00;
					if (n != length)
						wrong("%s is cut: %lld of %lld characters", columns[i].name, n, length);
				}
				forget(&value);
			}
		finish(s);
	}
	if (total == 0)
		wrong("no rows");
	if (count(sql("SELECT count(*)%s", from), NULL, NULL) != total)
		wrong("count(*) differs");
	report("values are whole and finite");
}

static void
check_groups(void)
{
	for (int i = 0; i < n_columns; i++)
	{
		const char *q = columns[i].name;
		long long	groups = 0;
		long long	sum = 0;
		SQLHSTMT	s;

		if ((s = query(sql("SELECT \"%s\", count(*)%s GROUP BY 1 ORDER BY 1 DESC", q, from), NULL, NULL)) != NULL)
		{
			for (; next(s); groups++)
				sum += get_count(s, 2);
			finish(s);
		}
		if (sum != total)
			wrong("%s: the groups have %lld of %lld rows", q, sum, total);
		if (count_rows(sql("SELECT DISTINCT \"%s\"%s ORDER BY 1", q, from), NULL, NULL) != groups)
			wrong("%s: DISTINCT and GROUP BY differ", q);
	}
	report("SELECT DISTINCT, GROUP BY and ORDER BY each column");
}

static void
check_filters(void)
{
	for (int i = 0; i < n_columns; i++)
	{
		const char *q = columns[i].name;
		Value		values[MAX_GROUPS];
		long long	expected[MAX_GROUPS];
		int			n = 0;
		SQLHSTMT	s;

		if ((s = query(sql("SELECT \"%s\", count(*)%s GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %d", q, from, MAX_GROUPS), NULL, NULL)) == NULL)
			continue;
		for (; n < MAX_GROUPS && next(s); n++)
		{
			values[n] = get(s, 1);
			expected[n] = get_count(s, 2);
		}
		finish(s);
		for (int j = 0; j < n; j++)
		{
			bool		is_null = values[j].length == SQL_NULL_DATA;
			long long	got;

			got = count(sql("SELECT count(*)%s WHERE \"%s\" %s", from, q, is_null ? "IS NULL" : "= ?"), is_null ? NULL : &values[j], NULL);
			if (got != expected[j])
				wrong("%s: %lld rows have value %d of %lld", q, got, j, expected[j]);
		}
		if (n > 1 && values[0].length != SQL_NULL_DATA && values[1].length != SQL_NULL_DATA)
		{
			if (count(sql("SELECT count(*)%s WHERE \"%s\" IN (?, ?)", from, q), &values[0], &values[1]) != expected[0] + expected[1])
				wrong("%s: IN differs", q);
		}
		while (n > 0)
			forget(&values[--n]);
	}
	report("filters with parameters of the column's type");
}

static void
check_pages(void)
{
	long long	sum = 0;
	Value		limit = {.sql_type = SQL_INTEGER,.c_type = SQL_C_SBIGINT,.length = sizeof(SQLBIGINT),.v.bigint = 100};
	Value		offset = limit;

	for (offset.v.bigint = 0; offset.v.bigint < total; offset.v.bigint += 100)
		sum += count_rows(sql("SELECT *%s ORDER BY %s LIMIT ? OFFSET ?", from, list("%s\"%s\"")), &limit, &offset);
	if (sum != total)
		wrong("pages have %lld of %lld rows", sum, total);
	report("pages with LIMIT and OFFSET");
}

static void
check_sums(void)
{
	for (int i = 0; i < n_columns; i++)
	{
		const char *q = columns[i].name;
		SQLHSTMT	s;

		switch (columns[i].sql_type)
		{
			case SQL_NUMERIC:
			case SQL_BIGINT:
			case SQL_INTEGER:
				if ((s = query(sql("SELECT sum(\"%s\"), sum(\"%s\")::text%s", q, q, from), NULL, NULL)) != NULL && next(s))
				{
					Value		sum = get(s, 1);
					char		text[200];
					char		whole[200];

					if (sum.c_type == SQL_C_SBIGINT)
						sprintf(whole, "%lld", (long long) sum.v.bigint);
					else
						snprintf(whole, sizeof(whole), "%s", sum.v.text);
					get_text(s, 2, text, sizeof(text));
					if (sum.length != SQL_NULL_DATA && (sum.cut || strcmp(text, whole) != 0))
						wrong("%s: sum is %s, not %s", q, whole, text);
					forget(&sum);
				}
				break;
			case SQL_DOUBLE:
			case SQL_FLOAT:
				if ((s = query(sql("SELECT sum(\"%s\")%s", q, from), NULL, NULL)) != NULL && next(s))
				{
					Value		sum = get(s, 1);

					if (sum.length != SQL_NULL_DATA && !isfinite(sum.v.number))
						wrong("%s: sum is %f", q, sum.v.number);
				}
				break;
			case SQL_TYPE_DATE:
			case SQL_TYPE_TIMESTAMP:
				if ((s = query(sql("SELECT min(\"%s\"), min(\"%s\")::date::text, max(\"%s\"), max(\"%s\")::date::text%s", q, q, q, q, from), NULL, NULL)) != NULL && next(s))
					for (int j = 1; j <= 3; j += 2)
					{
						Value		edge = get(s, j);
						char		text[40];
						char		said[40];

						/* a timestamp begins as a date does */
						sprintf(said, "%04d-%02u-%02u", edge.v.date.year, edge.v.date.month, edge.v.date.day);
						get_text(s, j + 1, text, sizeof(text));
						if (edge.length != SQL_NULL_DATA && strcmp(said, text) != 0)
							wrong("%s: %s, not %s", q, said, text);
					}
				break;
			default:
				continue;
		}
		if (s)
			finish(s);
	}
	report("adds up numbers, finds the first and last dates");
}

int
main(int argc, char **argv)
{
	SQLHENV		environment;

	if (argc < 4)
		return 2;
	connection = argv[2];
	view = "";
	SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment);
	SQLSetEnvAttr(environment, SQL_ATTR_ODBC_VERSION, (SQLPOINTER) SQL_OV_ODBC3, 0);
	SQLAllocHandle(SQL_HANDLE_DBC, environment, &db);
	if (failed(SQLDriverConnect(db, NULL, (SQLCHAR *) argv[1], SQL_NTS, NULL, 0, NULL, SQL_DRIVER_NOPROMPT), SQL_HANDLE_DBC, db, "SQLDriverConnect"))
	{
		report("connects");
		return 1;
	}
	for (int i = 3; i < argc; i++)
	{
		const char *dot;

		view = argv[i];
		dot = strchr(view, '.');
		if (!dot || strlen(view) > 120)
			return 2;
		snprintf(schema, sizeof(schema), "%.*s", (int) (dot - view), view);
		snprintf(name, sizeof(name), "%s", dot + 1);
		sprintf(from, " FROM \"%s\".\"%s\"", schema, name);
		/* now() stands still in a transaction, and with it what metric_views says */
		SQLSetConnectAttr(db, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER) SQL_AUTOCOMMIT_OFF, 0);
		check_types();
		check_values();
		check_groups();
		check_filters();
		check_pages();
		check_sums();
		SQLEndTran(SQL_HANDLE_DBC, db, SQL_COMMIT);
	}
	SQLDisconnect(db);
	SQLFreeHandle(SQL_HANDLE_DBC, db);
	SQLFreeHandle(SQL_HANDLE_ENV, environment);
	return failures > 0;
}
