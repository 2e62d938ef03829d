/* decimal.c -- sums and the order of decimals that an application holds as texts. */
#include "db/caller.h"
#include "item/number.h"

static status parse(struct caller *caller, const char *text, struct number *out)
{
    if (text == NULL) return FAIL(&caller->err, ST_MISUSE, "a decimal is NULL");
    return number_parse(span_of(text), out, &caller->err);
}

static status parse_both(struct caller *caller, const char *const texts[2], struct number out[2])
{
    TRY(parse(caller, texts[0], &out[0]));
    return parse(caller, texts[1], &out[1]);
}

typedef status(sum_fn)(struct span a, struct span b, struct number *out, struct error *err);

static status sum(struct caller *caller, const char *const texts[2], sum_fn *function,
                  char out[STATOR_DECIMAL_LEN])
{
    struct number terms[2];
    struct number result;
    if (out == NULL) return FAIL(&caller->err, ST_MISUSE, "there is no room for the sum");
    TRY(parse_both(caller, texts, terms));
    TRY(function(number_view(&terms[0]), number_view(&terms[1]), &result, &caller->err));
    out[number_text(number_view(&result), out)] = '\0';
    return ST_OK;
}
static_assert((int)STATOR_DECIMAL_LEN > (int)NUMBER_TEXT_BYTES_MAX, "a text and its NUL fit");

stator_rc stator_decimal_add(const char *a, const char *b, char out[STATOR_DECIMAL_LEN])
{
    struct caller *caller = caller_begin();
    if (caller == NULL) return STATOR_E_NOMEM;
    return caller_end(caller, sum(caller, (const char *const[]){a, b}, number_add, out));
}

stator_rc stator_decimal_sub(const char *a, const char *b, char out[STATOR_DECIMAL_LEN])
{
    struct caller *caller = caller_begin();
    if (caller == NULL) return STATOR_E_NOMEM;
    return caller_end(caller, sum(caller, (const char *const[]){a, b}, number_subtract, out));
}

static status compare(struct caller *caller, const char *const texts[2], int *order)
{
    struct number both[2];
    if (order == NULL) return FAIL(&caller->err, ST_MISUSE, "there is no room for the order");
    TRY(parse_both(caller, texts, both));
    *order = span_compare(number_view(&both[0]), number_view(&both[1]));
    return ST_OK;
}

stator_rc stator_decimal_compare(const char *a, const char *b, int *order)
{
    struct caller *caller = caller_begin();
    if (caller == NULL) return STATOR_E_NOMEM;
    return caller_end(caller, compare(caller, (const char *const[]){a, b}, order));
}
