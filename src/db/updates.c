/* updates.c -- making updates, and showing them. Documents apply them (doc.c). */
#include "db/handout.h"
#include "db/literal.h"
#include "db/render.h"
#include "db/turn.h"

static stator_upd bad(const char *text)
{
    return (stator_upd){.op = STATOR_U_BAD_, .failed = ST_VALIDATION, .text = text};
}

static stator_upd action(stator_uop op, const char *path, stator_val v)
{
    if (path == NULL) return bad("NULL is no path");
    return (stator_upd){.op = (uint8_t)op, .text = path, .value = v};
}

stator_upd stator_set(const char *path, stator_val v)
{
    return action(STATOR_U_SET, path, v);
}

stator_upd stator_set_default(const char *path, stator_val v)
{
    return action(STATOR_U_DEFAULT, path, v);
}

stator_upd stator_inc(const char *path, stator_val number)
{
    return action(STATOR_U_INC, path, number);
}

stator_upd stator_add(const char *path, stator_val number_or_set)
{
    return action(STATOR_U_ADD, path, number_or_set);
}

stator_upd stator_append(const char *path, stator_val list)
{
    return action(STATOR_U_APPEND, path, list);
}

stator_upd stator_prepend(const char *path, stator_val list)
{
    return action(STATOR_U_PREPEND, path, list);
}

stator_upd stator_remove(const char *path)
{
    return action(STATOR_U_REMOVE, path, stator_skip());
}

stator_upd stator_discard(const char *path, stator_val set)
{
    return action(STATOR_U_DISCARD, path, set);
}

static const char text_no_array[] = "a count was given, but no array";

stator_upd stator_upd_all(const stator_upd *actions, size_t count)
{
    if (actions == NULL && count > 0) return bad(text_no_array);
    if (count == STATOR_COUNT_)
        for (count = 0; actions[count].op != STATOR_U_END_;) count++;
    return (stator_upd){.op = STATOR_U_LIST, .kids = actions, .count = count};
}

stator_upd stator_upd_exprv(const char *text, const stator_val *args, size_t count)
{
    if (args == NULL && count > 0) return bad(text_no_array);
    return (stator_upd){
        .op = STATOR_U_EXPR, .text = text, .args = args, .count = literal_count(args, count)};
}

stator_upd stator_upd_expr0(const char *text)
{
    return stator_upd_exprv(text, NULL, 0);
}

/* ---- showing */

static status show(struct turn *turn, const stator_upd *update, char **out)
{
    struct render r;
    struct span text = {0};
    render_begin(&r, &turn->scratch, STATOR_DEPTH, &turn->err);
    r.shown = true;
    TRY(render_update(&r, update, &text));
    *out = handout_of(text);
    return *out != NULL ? ST_OK : FAIL_PLAIN(&turn->err, ST_NO_MEMORY);
}

char *stator_upd_text(stator_upd update)
{
    char *text = NULL;
    struct turn *turn = turn_begin();
    if (turn == NULL) return NULL;
    (void)turn_end(turn, show(turn, &update, &text));
    return text;
}
