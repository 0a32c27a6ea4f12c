# Written by lookml.sql from the metric view; change that and write it again.
view: cohort_customers {
  sql_table_name: metrics.cohort_customers ;;

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

  dimension: is_complete {
    label: "Is Complete"
    description: "whether the period is over for the whole cohort"
    type: yesno
    sql: ${TABLE}.is_complete ;;
  }

  set: detail {
    fields: [cohort_date, segment, period, cohort_size, eligible, active, retention, is_complete]
  }
}
