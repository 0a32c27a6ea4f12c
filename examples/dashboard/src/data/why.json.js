import {send} from "./db.js";

await send("why", {
  // the rate before and now, and the sum of each effect: they add up to the change, digit for digit
  moves: `
    SELECT id, span, period, compare, split, within, metric, period_name(period, span) AS name,
           period_name(prior, span) AS prior_name, rate_before, rate_now, sum(total_effect) AS change,
           sum(mix_effect) AS mix, sum(expansion_effect) AS expansion, sum(contraction_effect) AS contraction,
           sum(churn_effect) AS churn
    FROM driver, LATERAL unnest(parts)
    GROUP BY id, span, period, compare, split, within, metric, prior, rate_before, rate_now ORDER BY id`,

  // the same as steps from the rate before to the rate now
  steps: `
    WITH step AS (
      SELECT id, s.*
      FROM (SELECT id, rate_before, rate_now, sum(mix_effect) AS mix, sum(expansion_effect) AS expansion,
                   sum(contraction_effect) AS contraction, sum(churn_effect) AS churn
            FROM driver, LATERAL unnest(parts) GROUP BY id, rate_before, rate_now) AS t,
           LATERAL (VALUES (1, 'Before', rate_before), (2, 'Mix', mix), (3, 'Expansion', expansion),
                           (4, 'Contraction', contraction), (5, 'Churn', churn)) AS s (ordinal, step, effect)
      UNION ALL SELECT id, 6, 'Now', rate_now FROM driver
    )
    SELECT id, step, round(effect, 6) AS effect, round(CASE WHEN ordinal IN (1, 6) THEN 0 ELSE level - effect END, 6) AS low,
           round(CASE ordinal WHEN 6 THEN effect ELSE level END, 6) AS high
    FROM (SELECT *, sum(effect) OVER (PARTITION BY id ORDER BY ordinal) AS level FROM step) AS s
    ORDER BY id, ordinal`,

  parts: `
    SELECT id, segment AS part, round(weight_prior, 6) AS weight_prior, round(weight_current, 6) AS weight_now,
           round(rate_prior, 6) AS rate_prior, round(rate_current, 6) AS rate_now, round(mix_effect, 6) AS mix,
           round(expansion_effect, 6) AS expansion, round(contraction_effect, 6) AS contraction,
           round(churn_effect, 6) AS churn, round(total_effect, 6) AS total
    FROM driver, LATERAL unnest(parts) ORDER BY id, abs(total_effect) DESC, segment`,

  // the accounts behind it: five each way
  movers: `
    SELECT span, period, segment, name, opening, closing, change, movement
    FROM (SELECT span, period, s.segment, name, opening, closing, change, movement,
                 row_number() OVER (PARTITION BY span, period, s.segment, change > 0 ORDER BY abs(change) DESC, customer) AS rank
          FROM mover AS m, LATERAL (VALUES ('All'), (m.segment)) AS s (segment)) AS r
    WHERE rank <= 5
    ORDER BY span, period, segment, change`
});
