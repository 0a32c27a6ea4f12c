# Written by lookml.sql from the metric view; change that and write it again.
view: health {
  sql_table_name: metrics.health ;;

  measure: customers {
    label: "Customers"
    description: "customers with a signal"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.customers) ;;
    drill_fields: [detail*]
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

  measure: weighted_score {
    label: "Weighted Score"
    description: "sum of weight by score over all signals: numerator of health_score"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.weighted_score) ;;
    drill_fields: [detail*]
  }

  measure: present_weight {
    label: "Present Weight"
    description: "weight that was present: denominator of health_score, numerator of health_coverage"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.present_weight) ;;
    drill_fields: [detail*]
  }

  measure: total_weight {
    label: "Total Weight"
    description: "weight present and missing: denominator of health_coverage"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.total_weight) ;;
    drill_fields: [detail*]
  }

  measure: health_score {
    label: "Health Score"
    description: "weighted mean of all signals, 0 to 100; does not add up over rows"
    type: number
    value_format_name: decimal_1
    sql: sum(${TABLE}.weighted_score) / nullif(sum(${TABLE}.present_weight), 0) ;;
    drill_fields: [detail*]
  }

  measure: health_coverage {
    label: "Health Coverage"
    description: "share of the weight that was present; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: sum(${TABLE}.present_weight) / nullif(sum(${TABLE}.total_weight), 0) ;;
    drill_fields: [detail*]
  }

  dimension: health_band {
    label: "Health Band"
    description: "red, yellow or green"
    type: string
    sql: ${TABLE}.health_band ;;
  }

  set: detail {
    fields: [customers, segment, region, weighted_score, present_weight, total_weight, health_score, health_coverage, health_band]
  }
}
