-- a bit a month for each customer, and then the bits
SELECT cohort, period, count(*) AS active
FROM (SELECT bit_or(1::BIGINT << ((year("at") - 2022) * 12 + month("at") - 1)::BIGINT) AS months,
			 (year(min("at")) - 2022) * 12 + month(min("at")) - 1 AS cohort
	  FROM events GROUP BY customer) AS c, range(0, 36) AS p(period)
WHERE cohort + period < 36 AND ((months >> (cohort + period)::BIGINT) & 1) = 1
GROUP BY 1, 2 ORDER BY 1, 2
