/*
 * What Metabase, Looker and Tableau do over JDBC: list schemas, views, columns, types and remarks, and then group, sort,
 * filter, page and add up every column.
 *
 *     java -cp postgresql.jar Clients.java JDBC_URL USER PASSWORD VIEW...
 *
 * Views are SCHEMA.NAME.  Prints TAP: for each view a line for each of the checks below; what is wrong follows as comments.
 */
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;

public class Clients {
	static Connection db;
	static List<String> wrong = new ArrayList<>();
	static int failures;

	static class Column {
		String name;
		int type;

		boolean isNumber() {
			return type == Types.NUMERIC || type == Types.BIGINT || type == Types.INTEGER || type == Types.DOUBLE;
		}
	}

	interface Check {
		void run() throws SQLException;
	}

	/* One line of TAP: passes if nothing was found wrong and nothing was thrown. */
	static void check(String view, String what, Check check) throws SQLException {
		wrong.clear();
		try {
			check.run();
		} catch (SQLException | RuntimeException e) {
			wrong.add(e.toString().replace('\n', ' '));
			db.rollback();
		}
		System.out.println((wrong.isEmpty() ? "ok" : "not ok") + " - JDBC " + view + ": " + what);
		for (String w : wrong.subList(0, Math.min(5, wrong.size())))
			System.out.println("#   " + w);
		if (!wrong.isEmpty())
			failures++;
	}

	static void must(boolean right, String otherwise) {
		if (!right)
			wrong.add(otherwise);
	}

	static String quoted(String name) {
		return '"' + name.replace("\"", "\"\"") + '"';
	}

	/* Rows of a query with parameters, which are bound as the types that the driver said. */
	static List<List<Object>> rows(String sql, Object... parameters) throws SQLException {
		List<List<Object>> result = new ArrayList<>();
		try (PreparedStatement s = db.prepareStatement(sql)) {
			for (int i = 0; i < parameters.length; i += 2)
				s.setObject(i / 2 + 1, parameters[i], (Integer) parameters[i + 1]);
			try (ResultSet r = s.executeQuery()) {
				while (r.next()) {
					List<Object> row = new ArrayList<>();
					for (int i = 1; i <= r.getMetaData().getColumnCount(); i++)
						row.add(r.getObject(i));
					result.add(row);
				}
			}
		}
		return result;
	}

	static long count(String sql, Object... parameters) throws SQLException {
		return ((Number) rows(sql, parameters).get(0).get(0)).longValue();
	}

	static Object one(String sql) throws SQLException {
		return rows(sql).get(0).get(0);
	}

	public static void main(String[] arguments) throws Exception {
		db = DriverManager.getConnection(arguments[0], arguments[1], arguments[2]);
		db.setAutoCommit(false);
		List<String> views = Arrays.asList(arguments).subList(3, arguments.length);

		for (String schema : new TreeSet<>(views.stream().map(v -> v.substring(0, v.indexOf('.'))).toList()))
			check(schema, "is listed, with the views that are asked for", () -> {
				boolean found = false;
				try (ResultSet r = db.getMetaData().getSchemas()) {
					while (r.next())
						found |= r.getString("TABLE_SCHEM").equals(schema);
				}
				must(found, "no schema " + schema);
				Set<String> listed = new HashSet<>();
				try (ResultSet r = db.getMetaData().getTables(null, schema, "%", new String[] {"TABLE", "VIEW"})) {
					while (r.next())
						listed.add(schema + "." + r.getString("TABLE_NAME"));
				}
				for (String view : views)
					must(!view.startsWith(schema + ".") || listed.contains(view), view + " is not listed");
			});
		for (String view : views)
			look(view);
		db.close();
		System.exit(failures == 0 ? 0 : 1);
	}

	static void look(String view) throws SQLException {
		String schema = view.substring(0, view.indexOf('.'));
		String name = view.substring(schema.length() + 1);
		String from = " FROM " + quoted(schema) + "." + quoted(name);
		List<Column> columns = new ArrayList<>();
		long[] total = new long[1];

		check(view, "every column has a type that tools know", () -> {
			try (ResultSet r = db.getMetaData().getColumns(null, schema.replace("_", "\\_"), name.replace("_", "\\_"), "%")) {
				while (r.next()) {
					Column c = new Column();
					c.name = r.getString("COLUMN_NAME");
					c.type = r.getInt("DATA_TYPE");
					String said = c.name + " is " + JDBCType.valueOf(c.type) + " " + r.getString("TYPE_NAME");
					switch (c.type) {
						case Types.NUMERIC:
							int digits = r.getInt("COLUMN_SIZE");
							int decimals = r.getInt("DECIMAL_DIGITS");
							must(digits == 38 && decimals == 10 || digits == 24 && decimals == 6, said + " of " + digits + " digits, " + decimals + " decimals");
							break;
						case Types.BIT: /* boolean */
							must(r.getString("TYPE_NAME").equals("bool"), said);
							break;
						case Types.DATE: case Types.TIMESTAMP: case Types.VARCHAR: case Types.BIGINT: case Types.INTEGER: case Types.DOUBLE:
							/* the driver says VARCHAR of types it does not know better, too */
							must(c.type != Types.VARCHAR || r.getString("TYPE_NAME").equals("text"), said);
							break;
						default:
							wrong.add(said);
					}
					columns.add(c);
				}
			}
			must(!columns.isEmpty(), "no columns");
			/* and a query's result says the same */
			try (PreparedStatement s = db.prepareStatement("SELECT *" + from); ResultSet r = s.executeQuery()) {
				ResultSetMetaData m = r.getMetaData();
				must(m.getColumnCount() == columns.size(), "the result has " + m.getColumnCount() + " columns");
				for (int i = 0; i < columns.size(); i++)
					must(m.getColumnType(i + 1) == columns.get(i).type, columns.get(i).name + " is another type in a result");
			}
		});

		check(view, "it and every column have remarks", () -> {
			try (ResultSet r = db.getMetaData().getTables(null, schema.replace("_", "\\_"), name.replace("_", "\\_"), null)) {
				must(r.next() && r.getString("REMARKS") != null, "the view has none");
			}
			try (ResultSet r = db.getMetaData().getColumns(null, schema.replace("_", "\\_"), name.replace("_", "\\_"), "%")) {
				while (r.next())
					must(r.getString("REMARKS") != null, r.getString("COLUMN_NAME") + " has none");
			}
		});

		check(view, "values are whole and finite", () -> {
			StringBuilder lengths = new StringBuilder();
			for (Column c : columns)
				lengths.append(", length(").append(quoted(c.name)).append("::text)");
			List<List<Object>> all = rows("SELECT *" + lengths + from);
			total[0] = all.size();
			must(total[0] > 0, "no rows");
			for (List<Object> row : all)
				for (int i = 0; i < columns.size(); i++) {
					Object value = row.get(i);
					if (value instanceof Double)
						must(Double.isFinite((Double) value), columns.get(i).name + " is " + value);
					if (value instanceof String)
						must(((String) value).codePointCount(0, ((String) value).length()) == (Integer) row.get(columns.size() + i),
							columns.get(i).name + " is cut");
				}
			must(count("SELECT count(*)" + from) == total[0], "count(*) differs");
		});

		check(view, "SELECT DISTINCT, GROUP BY and ORDER BY each column", () -> {
			for (Column c : columns) {
				String q = quoted(c.name);
				List<List<Object>> distinct = rows("SELECT DISTINCT " + q + from + " ORDER BY " + q + " DESC");
				List<List<Object>> groups = rows("SELECT " + q + ", count(*)" + from + " GROUP BY 1 ORDER BY 1 DESC");
				long sum = 0;
				must(distinct.size() == groups.size(), c.name + ": DISTINCT and GROUP BY differ");
				for (int i = 0; i < Math.min(groups.size(), distinct.size()); i++) {
					must(Objects.equals(distinct.get(i).get(0), groups.get(i).get(0)), c.name + ": order differs");
					sum += (Long) groups.get(i).get(1);
				}
				must(sum == total[0], c.name + ": the groups have " + sum + " of " + total[0] + " rows");
			}
		});

		check(view, "filters with parameters of the column's type", () -> {
			for (Column c : columns) {
				String q = quoted(c.name);
				List<List<Object>> groups = rows("SELECT " + q + ", count(*)" + from + " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20");
				for (List<Object> group : groups) {
					Object value = group.get(0);
					long n = value == null ? count("SELECT count(*)" + from + " WHERE " + q + " IS NULL")
						: count("SELECT count(*)" + from + " WHERE " + q + " = ?", value, c.type);
					must(n == (Long) group.get(1), c.name + ": " + n + " rows have the value " + value + " of " + group.get(1));
				}
				if (groups.size() > 1 && groups.get(0).get(0) != null && groups.get(1).get(0) != null)
					must(count("SELECT count(*)" + from + " WHERE " + q + " IN (?, ?)", groups.get(0).get(0), c.type, groups.get(1).get(0), c.type)
						== (Long) groups.get(0).get(1) + (Long) groups.get(1).get(1), c.name + ": IN differs");
				if (c.type == Types.VARCHAR && groups.get(0).get(0) != null)
					must(count("SELECT count(*)" + from + " WHERE lower(" + q + ") LIKE lower(?) ESCAPE '!'",
						groups.get(0).get(0).toString().replaceAll("([!%_])", "!$1"), Types.VARCHAR) >= (Long) groups.get(0).get(1), c.name + ": LIKE finds less");
			}
		});

		check(view, "pages with LIMIT and OFFSET", () -> {
			StringBuilder order = new StringBuilder();
			for (int i = 1; i <= columns.size(); i++)
				order.append(i == 1 ? " ORDER BY " : ", ").append(i);
			List<List<Object>> paged = new ArrayList<>();
			for (long at = 0; at < total[0]; at += 100)
				paged.addAll(rows("SELECT *" + from + order + " LIMIT ? OFFSET ?", 100, Types.INTEGER, at, Types.BIGINT));
			must(paged.equals(rows("SELECT *" + from + order)), "pages are not the whole");
			Statement s = db.createStatement();
			s.setFetchSize(7);
			s.setMaxRows(50);
			int n = 0;
			try (ResultSet r = s.executeQuery("SELECT *" + from)) {
				while (r.next())
					n++;
			}
			must(n == Math.min(50, total[0]), n + " rows through a cursor");
		});

		check(view, "adds up numbers, finds the first and last dates", () -> {
			for (Column c : columns) {
				String q = quoted(c.name);
				if (c.isNumber() && c.type != Types.DOUBLE) {
					BigDecimal sum = null;
					for (List<Object> row : rows("SELECT " + q + from))
						if (row.get(0) != null)
							sum = (sum == null ? BigDecimal.ZERO : sum).add(new BigDecimal(row.get(0).toString()));
					Object said = one("SELECT sum(" + q + ")" + from);
					must(said == null ? sum == null : sum != null && sum.compareTo(new BigDecimal(said.toString())) == 0, c.name + ": sum is " + said + ", not " + sum);
				} else if (c.type == Types.DOUBLE) {
					Object said = one("SELECT sum(" + q + ")" + from);
					must(said == null || Double.isFinite((Double) said), c.name + ": sum is " + said);
				} else if (c.type == Types.DATE || c.type == Types.TIMESTAMP) {
					Comparable<Object> first = null, last = null;
					for (List<Object> row : rows("SELECT " + q + from)) {
						@SuppressWarnings("unchecked")
						Comparable<Object> value = (Comparable<Object>) row.get(0);
						if (value != null) {
							first = first == null || value.compareTo(first) < 0 ? value : first;
							last = last == null || value.compareTo(last) > 0 ? value : last;
						}
					}
					List<Object> said = rows("SELECT min(" + q + "), max(" + q + ")" + from).get(0);
					must(Objects.equals(said.get(0), first) && Objects.equals(said.get(1), last), c.name + ": from " + said + ", not " + first + " to " + last);
					/* a chart by year */
					rows("SELECT CAST(date_trunc('year', " + q + ") AS date), count(*)" + from + " GROUP BY 1 ORDER BY 1");
				}
			}
		});
		db.commit();

		if (schema.equals("metrics") && !name.matches(".*_(wide|published|public|at_risk|customer_history|top_movers)"))
			check(view, "refreshed_at() and staleness are there for a reader", () -> {
				Object at = rows("SELECT ccx.refreshed_at(CAST(? AS regclass))", view, Types.VARCHAR).get(0).get(0);
				must(at instanceof Timestamp, "refreshed_at is " + at);
				must(((Number) rows("SELECT extract(epoch FROM ccx.staleness(CAST(? AS regclass)))", view, Types.VARCHAR).get(0).get(0)).doubleValue() >= 0, "staleness");
			});
	}
}
