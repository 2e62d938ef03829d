/* table_rules.c -- rules that CreateTable and UpdateTable share.
 *
 * Sources: API reference of both operations; the sentences are those the service answers with.
 */
#include "api/table_rules.h"

#define INVALID "One or more parameter values were invalid: "

bool table_rules_units_fit(int64_t units)
{
    return units <= LIMIT_CAPACITY_UNITS;
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
                INVALID "Requested %s for OnDemandThroughput for table is outside of valid range",
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

/* ---- warm throughput */

#define INITIAL_URL                                                                                \
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"                            \
    "on-demand-capacity-mode.html#on-demand-capacity-mode-initial"

bool table_rules_warm_given(const struct table_fields_warm *warm)
{
    return warm != NULL && (warm->read_units.given || warm->write_units.given);
}

struct units {
    const char *name;
    struct field_number asked;
    int64_t initial;     /* of what is billed per request */
    int64_t provisioned; /* of what is not */
    const char *capacity;
};

static status check_warm_units(const struct table_rules_warmth *warmth, const struct units *units,
                               struct error *err)
{
    const bool on_demand = warmth->billing == TABLE_PAY_PER_REQUEST;
    const int64_t least = on_demand ? units->initial : units->provisioned;
    if (!units->asked.given || units->asked.value >= least) return ST_OK;
    const char *kind = warmth->index.len > 0 ? "index " : "table";
    if (on_demand)
        return FAIL(err, ST_VALIDATION,
                    INVALID "Requested %s for WarmThroughput for %s%.*s is lower than initial "
                            "throughput for OnDemand. See: " INITIAL_URL,
                    units->name, kind, SPAN_ARG(warmth->index));
    return FAIL(err, ST_VALIDATION,
                INVALID "Requested %s for WarmThroughput for %s%.*s is lower than %s of "
                        "ProvisionedThroughput",
                units->name, kind, SPAN_ARG(warmth->index), units->capacity);
}

status table_rules_warm(const struct table_rules_warmth *warmth, struct error *err)
{
    static const struct table_fields_throughput none = {0};
    const struct table_fields_throughput *has =
        warmth->throughput == NULL ? &none : warmth->throughput;
    if (!table_rules_warm_given(warmth->warm)) return ST_OK;
    const struct units both[] = {
        {"ReadUnitsPerSecond",  warmth->warm->read_units,  TABLE_WARM_READ_UNITS,
         has->read_units.value,  "ReadCapacityUnits" },
        {"WriteUnitsPerSecond", warmth->warm->write_units, TABLE_WARM_WRITE_UNITS,
         has->write_units.value, "WriteCapacityUnits"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(both); i++) TRY(check_warm_units(warmth, &both[i], err));
    return ST_OK;
}

void table_rules_warm_fill(const struct table_fields_warm *warm, struct table_warm *out)
{
    if (!table_rules_warm_given(warm)) return;
    *out = (struct table_warm){
        .read_units = (uint64_t)warm->read_units.value,
        .write_units = (uint64_t)warm->write_units.value,
        .asked = true,
    };
}

struct engine_warm_change table_rules_warm_change(const struct table_fields_warm *warm)
{
    if (warm == NULL) return (struct engine_warm_change){.has_read = false};
    return (struct engine_warm_change){
        .has_read = warm->read_units.given,
        .has_write = warm->write_units.given,
        .read_units = warm->read_units.value,
        .write_units = warm->write_units.value,
    };
}

/* ---- streams */

table_stream_view table_rules_stream(const struct table_fields_stream *stream)
{
    if (stream == NULL || !stream->enabled.value) return TABLE_STREAM_OFF;
    return (table_stream_view)stream->view.value;
}

/* ---- encryption */

status table_rules_encryption(const struct table_fields_encryption *encryption, struct error *err)
{
    if (encryption == NULL) return ST_OK;
    const bool has_type = encryption->type.text.ptr != NULL;
    const bool has_key = encryption->key_id.ptr != NULL;
    const bool is_kms = encryption->type.value == TABLE_FIELDS_KMS;
    const bool is_on = encryption->enabled.value;
    /* clang-format off */
    const struct {
        bool broken;
        const char *sentence;
    } rules[] = {
        {!is_on && has_type, "SSEType can not be specified if Enabled is false"},
        {!is_on && has_key, "KMSMasterKeyId can not be specified if Enabled is false"},
        {has_key && !is_kms, "SSEType KMS is required if KMSMasterKeyId is specified"},
        {has_type && !is_kms, "SSEType AES256 is not supported"},
    };
    /* clang-format on */
    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        if (rules[i].broken) return FAIL(err, ST_VALIDATION, INVALID "%s", rules[i].sentence);
    }
    return ST_OK;
}

bool table_rules_encrypts(const struct table_fields_encryption *encryption)
{
    return encryption != NULL && encryption->enabled.value;
}

/* ---- the rest */

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
