# Written by lookml.sql from the metric view; change that and write it again.
view: renewal {
  sql_table_name: metrics.renewal ;;

  dimension_group: period {
    label: "Period"
    description: "first day of the period that renewals were due in, key"
    type: time
    timeframes: [raw, date, month, quarter, year]
    datatype: date
    convert_tz: no
    sql: ${TABLE}.period ;;
  }

  dimension: segment {
    label: "Segment"
    description: "dimension, key; (none) where the source has NULL"
    type: string
    sql: ${TABLE}.segment ;;
  }

  dimension: region {
    label: "Region"
    description: "dimension, key; (none) where the source has NULL"
    type: string
    sql: ${TABLE}.region ;;
  }

  dimension: is_complete {
    label: "Is Complete"
    description: "whether the period was over at the last refresh"
    type: yesno
    sql: ${TABLE}.is_complete ;;
  }

  measure: due_renewals {
    label: "Due Renewals"
    description: "renewals due and decided: denominator of logo_renewal_rate"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.due_renewals) ;;
    drill_fields: [detail*]
  }

  measure: renewed_renewals {
    label: "Renewed Renewals"
    description: "of these, renewed in time or within the grace: numerator of logo_renewal_rate, denominator of on_time_rate"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.renewed_renewals) ;;
    drill_fields: [detail*]
  }

  measure: on_time_renewals {
    label: "On Time Renewals"
    description: "of these, renewed by the due date: numerator of on_time_rate"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.on_time_renewals) ;;
    drill_fields: [detail*]
  }

  measure: lost_renewals {
    label: "Lost Renewals"
    description: "of these, not renewed"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.lost_renewals) ;;
    drill_fields: [detail*]
  }

  measure: open_renewals {
    label: "Open Renewals"
    description: "renewals still open, in no rate"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.open_renewals) ;;
    drill_fields: [detail*]
  }

  measure: recovered_renewals {
    label: "Recovered Renewals"
    description: "lost, and signed later; in no rate"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.recovered_renewals) ;;
    drill_fields: [detail*]
  }

  measure: due_arr {
    label: "Due ARR"
    description: "ARR due and decided: denominator of renewal_rate"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.due_arr) ;;
    drill_fields: [detail*]
  }

  measure: renewed_arr {
    label: "Renewed ARR"
    description: "ARR renewed: numerator of renewal_rate"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.renewed_arr) ;;
    drill_fields: [detail*]
  }

  measure: capped_arr {
    label: "Capped ARR"
    description: "the same with no renewal above what was due: numerator of gross_renewal_rate"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.capped_arr) ;;
    drill_fields: [detail*]
  }

  measure: lost_arr {
    label: "Lost ARR"
    description: "ARR of lost renewals"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.lost_arr) ;;
    drill_fields: [detail*]
  }

  measure: open_arr {
    label: "Open ARR"
    description: "ARR still open"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.open_arr) ;;
    drill_fields: [detail*]
  }

  measure: renewal_rate {
    label: "Renewal Rate"
    description: "ARR renewed by ARR due; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: sum(${TABLE}.renewed_arr) / nullif(sum(${TABLE}.due_arr), 0) ;;
    drill_fields: [detail*]
  }

  measure: gross_renewal_rate {
    label: "Gross Renewal Rate"
    description: "the same with no renewal above what was due; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: sum(${TABLE}.capped_arr) / nullif(sum(${TABLE}.due_arr), 0) ;;
    drill_fields: [detail*]
  }

  measure: logo_renewal_rate {
    label: "Logo Renewal Rate"
    description: "renewals by renewals due; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: sum(${TABLE}.renewed_renewals) / nullif(sum(${TABLE}.due_renewals), 0) ;;
    drill_fields: [detail*]
  }

  measure: on_time_rate {
    label: "On Time Rate"
    description: "renewals on time by renewals renewed; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: sum(${TABLE}.on_time_renewals) / nullif(sum(${TABLE}.renewed_renewals), 0) ;;
    drill_fields: [detail*]
  }

  set: detail {
    fields: [period_date, segment, region, is_complete, due_renewals, renewed_renewals, on_time_renewals, lost_renewals, open_renewals, recovered_renewals, due_arr, renewed_arr, capped_arr, lost_arr, open_arr, renewal_rate, gross_renewal_rate, logo_renewal_rate, on_time_rate]
  }
}
