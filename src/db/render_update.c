/* render_update.c -- the text of an update: its actions, gathered into DynamoDB's four sections.
 *
 * All actions of an update see the item as it was, so their order means nothing and sections may
 * gather them: SET, REMOVE, ADD, DELETE. A text of the application's that stands alone is left as
 * it is; among other actions it is taken apart at its sections.
 */
#include <assert.h>

#include "db/literal.h"
#include "db/render.h"

enum { SET, REMOVE, ADD, DELETE };

/* What an action says, P standing for its path, V for its value, E for an empty list. */
struct form {
    const char *text;
    int section;
};

static const struct form forms[] = {
    [STATOR_U_SET] = {"P = V",                                   SET   },
    [STATOR_U_DEFAULT] = {"P = if_not_exists(P, V)",                 SET   },
    [STATOR_U_INC] = {"P = P + V",                               SET   },
    [STATOR_U_APPEND] = {"P = list_append(if_not_exists(P, E), V)", SET   },
    [STATOR_U_PREPEND] = {"P = list_append(V, if_not_exists(P, E))", SET   },
    [STATOR_U_REMOVE] = {"P",                                       REMOVE},
    [STATOR_U_ADD] = {"P V",                                     ADD   },
    [STATOR_U_DISCARD] = {"P V",                                     DELETE},
};

struct update {
    struct render *render;
    struct buf sections[RENDER_SECTIONS];
};

static status put_letter(struct update *u, char letter, const stator_upd *action, struct buf *to)
{
    const stator_val empty_list = stator_list(NULL, 0);
    if (letter == 'P') return render_path(u->render, action->text, to);
    if (letter == 'V') return render_operand(u->render, &action->value, to);
    if (letter == 'E') return render_operand(u->render, &empty_list, to);
    buf_put_u8(to, (uint8_t)letter);
    return ST_OK;
}

static status put_action(struct update *u, const stator_upd *action)
{
    if (action->value.kind == STATOR_SKIP_ && action->op != STATOR_U_REMOVE) return ST_OK;
    const struct form *form = &forms[action->op];
    struct buf *to = &u->sections[form->section];
    if (to->len > 0) buf_put_text(to, ", ");
    for (const char *at = form->text; *at != '\0'; at++) TRY(put_letter(u, *at, action, to));
    return ST_OK;
}

static status fail_kept(const struct update *u, const stator_upd *action)
{
    if (action->text == NULL) return FAIL_PLAIN(u->render->err, ST_NO_MEMORY);
    return FAIL(u->render->err, (status)action->failed, "%s", action->text);
}

static struct render_source source_of(const stator_upd *action)
{
    return (struct render_source){action->text, action->args, action->count};
}

static status put_update(struct update *u, const stator_upd *action, uint32_t depth);

static status put_list(struct update *u, const stator_upd *list, uint32_t depth)
{
    if (depth == u->render->depth_max) return render_fail_deep(u->render);
    TRY(literal_lives(list->kids, list->count, sizeof *list->kids, u->render->err));
    for (size_t i = 0; i < list->count; i++) TRY(put_update(u, &list->kids[i], depth + 1));
    return ST_OK;
}

static status put_update(struct update *u, const stator_upd *action, uint32_t depth)
{
    if (action->op == STATOR_U_LIST) return put_list(u, action, depth);
    if (action->op == STATOR_U_BAD_) return fail_kept(u, action);
    if (action->op == STATOR_U_EXPR) {
        const struct render_source source = source_of(action);
        return render_sections(u->render, &source, u->sections);
    }
    if (action->op == STATOR_U_NONE)
        return FAIL(u->render->err, ST_VALIDATION, "an empty stator_upd stands among the actions");
    if (action->op >= STATOR_U_END_)
        return FAIL(u->render->err, ST_MISUSE, "%u is no action of an update", action->op);
    return put_action(u, action);
}

/* "SET … REMOVE …" of the sections that have something in them. */
static status join(const struct update *u, struct span *text)
{
    struct buf all = render_buf(u->render);
    for (size_t i = 0; i < RENDER_SECTIONS; i++) {
        const struct buf *section = &u->sections[i];
        TRY_PLAIN(u->render->err, buf_status(section));
        if (section->len == 0) continue;
        if (all.len > 0) buf_put_u8(&all, ' ');
        buf_put_text(&all, render_section_names[i]);
        buf_put_u8(&all, ' ');
        buf_put(&all, buf_view(section));
    }
    TRY_PLAIN(u->render->err, buf_status(&all));
    *text = buf_view(&all);
    return ST_OK;
}

static status render_alone(struct render *r, const stator_upd *update, struct span *text)
{
    const struct render_source source = source_of(update);
    struct buf to = render_buf(r);
    buf_put_text(&to, ""); /* so that an empty text is one */
    TRY(render_source(r, &source, &to));
    TRY_PLAIN(r->err, buf_status(&to));
    *text = buf_view(&to);
    return ST_OK;
}

status render_update(struct render *render, const stator_upd *update, struct span *text)
{
    *text = (struct span){0};
    if (update->op == STATOR_U_NONE) return ST_OK;
    if (update->op == STATOR_U_EXPR) return render_alone(render, update, text);
    struct update u = {.render = render};
    for (size_t i = 0; i < RENDER_SECTIONS; i++) u.sections[i] = render_buf(render);
    TRY(put_update(&u, update, 0));
    return join(&u, text);
}
