# Written by lookml.sql from the metric view; change that and write it again.
view: product_usage {
  sql_table_name: metrics.product_usage ;;

  dimension_group: period {
    label: "Period"
    description: "first day of the period, key"
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

  dimension: is_complete {
    label: "Is Complete"
    description: "whether the period was over at the last refresh"
    type: yesno
    sql: ${TABLE}.is_complete ;;
  }

  measure: opening_usage {
    label: "Opening Usage"
    description: "usage of all customers at opening: denominator of nrr and grr"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.opening_usage) END ;;
    drill_fields: [detail*]
  }

  measure: new_usage {
    label: "New Usage"
    description: "closing usage of customers never seen before"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.new_usage) END ;;
    drill_fields: [detail*]
  }

  measure: reactivation_usage {
    label: "Reactivation Usage"
    description: "closing usage of customers that were back"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.reactivation_usage) END ;;
    drill_fields: [detail*]
  }

  measure: expansion_usage {
    label: "Expansion Usage"
    description: "what customers grew by"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.expansion_usage) END ;;
    drill_fields: [detail*]
  }

  measure: contraction_usage {
    label: "Contraction Usage"
    description: "what customers that stayed shrank by"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.contraction_usage) END ;;
    drill_fields: [detail*]
  }

  measure: churned_usage {
    label: "Churned Usage"
    description: "opening usage of customers that left"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.churned_usage) END ;;
    drill_fields: [detail*]
  }

  measure: closing_usage {
    label: "Closing Usage"
    description: "usage of all customers at closing"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.closing_usage) END ;;
    drill_fields: [detail*]
  }

  measure: retained_usage {
    label: "Retained Usage"
    description: "closing usage of the customers of the opening: numerator of nrr"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_usage) END ;;
    drill_fields: [detail*]
  }

  measure: gross_retained_usage {
    label: "Gross Retained Usage"
    description: "the same with nobody above its opening: numerator of grr"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.gross_retained_usage) END ;;
    drill_fields: [detail*]
  }

  measure: nrr {
    label: "NRR"
    description: "net retention of the period; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_usage) / nullif(sum(${TABLE}.opening_usage), 0) END ;;
    drill_fields: [detail*]
  }

  measure: grr {
    label: "GRR"
    description: "gross retention of the period; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.gross_retained_usage) / nullif(sum(${TABLE}.opening_usage), 0) END ;;
    drill_fields: [detail*]
  }

  measure: logo_retention {
    label: "Logo Retention"
    description: "share of the customers of the opening that stayed; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_customers) / nullif(sum(${TABLE}.opening_customers), 0) END ;;
    drill_fields: [detail*]
  }

  measure: logo_retention_low {
    label: "Logo Retention Low"
    description: "95 % interval of logo_retention, NULL for too few customers"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.logo_retention_low) END ;;
    drill_fields: [detail*]
  }

  measure: logo_retention_high {
    label: "Logo Retention High"
    description: "95 % interval of logo_retention, NULL for too few customers"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.logo_retention_high) END ;;
    drill_fields: [detail*]
  }

  measure: opening_customers {
    label: "Opening Customers"
    description: "customers at opening"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.opening_customers) END ;;
    drill_fields: [detail*]
  }

  measure: new_customers {
    label: "New Customers"
    description: "customers never seen before"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.new_customers) END ;;
    drill_fields: [detail*]
  }

  measure: reactivation_customers {
    label: "Reactivation Customers"
    description: "customers that were back"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.reactivation_customers) END ;;
    drill_fields: [detail*]
  }

  measure: expansion_customers {
    label: "Expansion Customers"
    description: "customers that grew"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.expansion_customers) END ;;
    drill_fields: [detail*]
  }

  measure: contraction_customers {
    label: "Contraction Customers"
    description: "customers that shrank and stayed"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.contraction_customers) END ;;
    drill_fields: [detail*]
  }

  measure: churned_customers {
    label: "Churned Customers"
    description: "customers that left"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.churned_customers) END ;;
    drill_fields: [detail*]
  }

  measure: closing_customers {
    label: "Closing Customers"
    description: "customers at closing"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.closing_customers) END ;;
    drill_fields: [detail*]
  }

  measure: retained_customers {
    label: "Retained Customers"
    description: "customers of the opening that stayed: numerator of logo_retention"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_customers) END ;;
    drill_fields: [detail*]
  }

  set: detail {
    fields: [period_date, segment, is_complete, opening_usage, new_usage, reactivation_usage, expansion_usage, contraction_usage, churned_usage, closing_usage, retained_usage, gross_retained_usage, nrr, grr, logo_retention, logo_retention_low, logo_retention_high, opening_customers, new_customers, reactivation_customers, expansion_customers, contraction_customers, churned_customers, closing_customers, retained_customers]
  }
}
