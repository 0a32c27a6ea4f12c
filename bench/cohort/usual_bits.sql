-- a bit a month for each customer, and then the bits: knows that 36 months fit 64 bits
SELECT cohort, period, count(*) AS active
FROM (SELECT months, cohort FROM (
		SELECT bit_or(1::bigint << ((extract(year FROM at)::int - 2022) * 12 + extract(month FROM at)::int - 1)) AS months,
			   (extract(year FROM min(at))::int - 2022) * 12 + extract(month FROM min(at))::int - 1 AS cohort
		FROM events GROUP BY customer) AS c) AS b,
	 generate_series(0, 35) AS period
WHERE cohort + period < 36 AND ((months >> (cohort + period)) & 1) = 1
GROUP BY 1, 2 ORDER BY 1, 2
