/* decimal.c -- sums and the order of decimals that an application holds as texts. */
#include "db/turn.h"
#include "item/number.h"

static status parse(struct turn *turn, const char *text, struct number *out)
{
    if (text == NULL) return FAIL(&turn->err, ST_MISUSE, "a decimal is NULL");
    return number_parse(span_of(text), out, &turn->err);
}

static status parse_both(struct turn *turn, const char *const texts[2], struct number out[2])
{
    TRY(parse(turn, texts[0], &out[0]));
    return parse(turn, texts[1], &out[1]);
}

typedef status(sum_fn)(struct span a, struct span b, struct number *out, struct error *err);

static status sum(struct turn *turn, const char *const texts[2], sum_fn *function,
                  char out[STATOR_DECIMAL_LEN])
{
    struct number terms[2];
    struct number result;
    if (out == NULL) return FAIL(&turn->err, ST_MISUSE, "there is no room for the sum");
    TRY(parse_both(turn, texts, terms));
    TRY(function(number_view(&terms[0]), number_view(&terms[1]), &result, &turn->err));
    out[number_text(number_view(&result), out)] = '\0';
    return ST_OK;
}
static_assert((int)STATOR_DECIMAL_LEN > (int)NUMBER_TEXT_BYTES_MAX, "a text and its NUL fit");

stator_rc stator_decimal_add(const char *a, const char *b, char out[STATOR_DECIMAL_LEN])
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, sum(turn, (const char *const[]){a, b}, number_add, out));
}

stator_rc stator_decimal_sub(const char *a, const char *b, char out[STATOR_DECIMAL_LEN])
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, sum(turn, (const char *const[]){a, b}, number_subtract, out));
}

static status compare(struct turn *turn, const char *const texts[2], int *order)
{
    struct number both[2];
    if (order == NULL) return FAIL(&turn->err, ST_MISUSE, "there is no room for the order");
    TRY(parse_both(turn, texts, both));
    *order = span_compare(number_view(&both[0]), number_view(&both[1]));
    return ST_OK;
}

stator_rc stator_decimal_compare(const char *a, const char *b, int *order)
{
    struct turn *turn = turn_begin();
    if (turn == NULL) return STATOR_E_NOMEM;
    return turn_end(turn, compare(turn, (const char *const[]){a, b}, order));
}
