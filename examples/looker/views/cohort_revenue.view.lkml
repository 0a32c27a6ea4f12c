# Written by lookml.sql from the metric view; change that and write it again.
view: cohort_revenue {
  sql_table_name: metrics.cohort_revenue ;;

  dimension_group: cohort {
    label: "Cohort"
    description: "first day of the period that customers of the row began in, key"
    type: time
    timeframes: [raw, date, month, quarter, year]
    datatype: date
    convert_tz: no
    sql: ${TABLE}.cohort ;;
  }

  dimension: segment {
    label: "Segment"
    description: "dimension, key; (none) where the source has NULL"
    type: string
    sql: ${TABLE}.segment ;;
  }

  dimension: period {
    label: "Period"
    description: "periods since then, key"
    type: number
    sql: ${TABLE}.period ;;
  }

  measure: cohort_size {
    label: "Cohort Size"
    description: "customers of the cohort"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.cohort_size) END ;;
    drill_fields: [detail*]
  }

  measure: eligible {
    label: "Eligible"
    description: "customers that could be observed in this period: denominator of retention"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.eligible) END ;;
    drill_fields: [detail*]
  }

  measure: active {
    label: "Active"
    description: "customers active in this period: numerator of retention"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.active) END ;;
    drill_fields: [detail*]
  }

  measure: retention {
    label: "Retention"
    description: "share of the cohort that was active; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.active) / nullif(sum(${TABLE}.eligible), 0) END ;;
    drill_fields: [detail*]
  }

  measure: mrr {
    label: "MRR"
    description: "MRR of the cohort in this period: numerator of net_retention"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.mrr) END ;;
    drill_fields: [detail*]
  }

  measure: capped_mrr {
    label: "Capped MRR"
    description: "the same with no customer above its first MRR: numerator of gross_retention"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.capped_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: base_mrr {
    label: "Base MRR"
    description: "MRR of the cohort in its first period: denominator of net_retention and gross_retention"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.base_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: net_retention {
    label: "Net Retention"
    description: "MRR in this period by MRR in the first; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.mrr) / nullif(sum(${TABLE}.base_mrr), 0) END ;;
    drill_fields: [detail*]
  }

  measure: gross_retention {
    label: "Gross Retention"
    description: "the same with no customer above its first MRR; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.capped_mrr) / nullif(sum(${TABLE}.base_mrr), 0) END ;;
    drill_fields: [detail*]
  }

  dimension: is_complete {
    label: "Is Complete"
    description: "whether the period is over for the whole cohort"
    type: yesno
    sql: ${TABLE}.is_complete ;;
  }

  set: detail {
    fields: [cohort_date, segment, period, cohort_size, eligible, active, retention, mrr, capped_mrr, base_mrr, net_retention, gross_retention, is_complete]
  }
}
