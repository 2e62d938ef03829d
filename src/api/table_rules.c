/* table_rules.c -- rules that CreateTable and UpdateTable share.
 *
 * Sources: API reference of both operations; the sentences are those the service answers with.
 */
#include "api/table_rules.h"

static const int64_t CAPACITY_UNITS_MAX = 1000000000000;

bool table_rules_units_fit(int64_t units)
{
    return units <= CAPACITY_UNITS_MAX;
}

static status check_units(int64_t units, const char *name, struct error *err)
{
    if (table_rules_units_fit(units)) return ST_OK;
    return FAIL(err, ST_VALIDATION, "Given value %lld for %s is out of bounds", (long long)units,
                name);
}

status table_rules_throughput(const struct table_fields_throughput *throughput, struct error *err)
{
    if (throughput == NULL) return ST_OK;
    TRY(check_units(throughput->read_units.value, "ReadCapacityUnits", err));
    return check_units(throughput->write_units.value, "WriteCapacityUnits", err);
}

static status check_maximum(struct field_number maximum, bool clearing, const char *name,
                            struct error *err)
{
    if (!maximum.given || maximum.value >= 1) return ST_OK;
    if (clearing && maximum.value == -1) return ST_OK;
    return FAIL(err, ST_VALIDATION,
                "One or more parameter values were invalid: Requested %s for OnDemandThroughput "
                "for table is outside of valid range",
                name);
}

status table_rules_on_demand(const struct table_fields_on_demand *on_demand, bool clearing,
                             struct error *err)
{
    if (on_demand == NULL) return ST_OK;
    TRY(check_maximum(on_demand->read_max, clearing, "MaxReadRequestUnits", err));
    return check_maximum(on_demand->write_max, clearing, "MaxWriteRequestUnits", err);
}

bool table_rules_on_demand_given(const struct table_fields_on_demand *on_demand)
{
    return on_demand != NULL && (on_demand->read_max.given || on_demand->write_max.given);
}

bool table_rules_asks_warmth(const struct table_fields_warm *warm)
{
    return warm != NULL && (warm->read_units.given || warm->write_units.given);
}

status table_rules_class(struct span word, table_class *out, struct error *err)
{
    if (word.ptr == NULL) {
        *out = TABLE_CLASS_UNSET;
        return ST_OK;
    }
    if (span_eq(word, SPAN("STANDARD"))) {
        *out = TABLE_CLASS_STANDARD;
        return ST_OK;
    }
    if (span_eq(word, SPAN("STANDARD_INFREQUENT_ACCESS"))) {
        *out = TABLE_CLASS_INFREQUENT_ACCESS;
        return ST_OK;
    }
    return FAIL(err, ST_VALIDATION,
                "Invalid table-class parameter provided. Please try again with a valid table-class "
                "value: [STANDARD, STANDARD_INFREQUENT_ACCESS].");
}

status table_rules_absent(const struct table_rules_part *parts, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].asked) continue;
        return FAIL(err, ST_VALIDATION, "%s: this version of Stator does not have it yet",
                    parts[i].name);
    }
    return ST_OK;
}
