/* draft.c -- see draft.h.
 *
 * What a write asks and stamps, for a model with a version (start: 1, or 0 with FROM_0):
 *
 *     way      object            asked of the stored item   version     created   updated
 *     SAVE     not stored yet    there is none              start       now       now
 *     SAVE     stored            version = the object's     + 1                   now
 *     CREATE   any               there is none              start       now       now
 *     UPDATE   any               version = the object's     + 1                   now
 *     REMOVE   version not 0     version = the object's
 *     REMOVE   version 0         nothing
 *
 * and without one: CREATE asks the same, the others nothing. Whether an object is stored is told by
 * its version, which is 0 before; a version that starts at 0 cannot tell, so there the time of
 * creation does. What the program asks beside it comes second in an `and`.
 */
#include "patterns/draft.h"

#include <string.h>

#include "base/mem.h"

enum { NAME_BYTES_MAX = 256 };

static const unsigned set_by_library = STATOR_F_VERSION | STATOR_F_CREATED | STATOR_F_UPDATED;
static const unsigned of_key = STATOR_F_PK | STATOR_F_SK;

/* ---- the model */

const stator_field *draft_field(const stator_model *model, unsigned flag)
{
    for (uint32_t i = 0; i < model->field_count; i++)
        if ((model->fields[i].flags & flag) != 0) return &model->fields[i];
    return NULL;
}

static uint32_t count_of(const stator_model *model, unsigned flag)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->field_count; i++) count += (model->fields[i].flags & flag) != 0;
    return count;
}

static stator_rc check_roles(const stator_model *model)
{
    static const struct {
        unsigned flag;
        const char *name;
    } roles[] = {
        {STATOR_F_PK,      "partition key"   },
        {STATOR_F_SK,      "sort key"        },
        {STATOR_F_VERSION, "version"         },
        {STATOR_F_CREATED, "time of creation"},
        {STATOR_F_UPDATED, "time of change"  },
        {STATOR_F_TTL,     "time to live"    },
    };
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++)
        if (count_of(model, roles[i].flag) > 1)
            return stator_fail(STATOR_E_INVALID, "the model has more than one %s", roles[i].name);
    if (draft_field(model, STATOR_F_PK) == NULL)
        return stator_fail(STATOR_E_INVALID, "the model has no partition key");
    const stator_field *version = draft_field(model, STATOR_F_VERSION);
    if (version != NULL && (version->flags & STATOR_F_FROM_0) != 0 &&
        draft_field(model, STATOR_F_CREATED) == NULL)
        return stator_fail(STATOR_E_INVALID, "a version from 0 needs a time of creation beside it");
    return STATOR_OK;
}

stator_rc draft_check_model(const stator_model *model)
{
    if (model == NULL || model->table == NULL || model->fields == NULL)
        return stator_fail(STATOR_E_MISUSE, "a model needs a table's name and members");
    if (model->field_count == 0 || model->field_count > STATOR_FIELDS)
        return stator_fail(STATOR_E_INVALID, "a model has from 1 to %d members", STATOR_FIELDS);
    for (uint32_t i = 0; i < model->field_count; i++) {
        const stator_field *field = &model->fields[i];
        const stator_rc rc = member_check(field);
        if (rc != STATOR_OK) return rc;
        if (field->offset > model->object_size || field->size > model->object_size - field->offset)
            return stator_fail(STATOR_E_INVALID, "the member stored as \"%s\" is not in the struct",
                               field->attr);
    }
    return check_roles(model);
}

/* ---- beginning and end */

stator_rc draft_begin(struct draft *draft, const stator_model *model, const stator_write_opts *opts)
{
    const stator_rc rc = draft_check_model(model);
    if (rc != STATOR_OK) return rc;
    if (opts == NULL || opts->object == NULL)
        return stator_fail(STATOR_E_MISUSE, "a model's call needs options with an object");
    *draft = (struct draft){.model = model, .object = opts->object};
    memcpy(&draft->opts, opts, opts->size < sizeof *opts ? opts->size : sizeof *opts);
    draft->opts.size = sizeof draft->opts;
    draft->opts.object = NULL;
    draft->copy = mem_new(mem_heap(), model->object_size);
    if (draft->copy == NULL) return stator_fail(STATOR_E_NOMEM, "out of memory");
    memcpy(draft->copy, draft->object, model->object_size);
    return STATOR_OK;
}

void draft_end(struct draft *draft)
{
    member_room_free(&draft->room);
    mem_free(mem_heap(), draft->copy, draft->model->object_size);
}

void draft_keep(struct draft *draft)
{
    for (uint32_t i = 0; i < draft->model->field_count; i++) {
        const stator_field *field = &draft->model->fields[i];
        if ((field->flags & set_by_library) != 0)
            memcpy((char *)draft->object + field->offset, (char *)draft->copy + field->offset,
                   field->size);
    }
}

/* ---- stamping */

static void stamp_time(struct draft *draft, unsigned flag, int64_t now_us)
{
    const stator_field *field = draft_field(draft->model, flag);
    if (field == NULL) return;
    const bool is_whole = (field->flags & (STATOR_F_SECONDS | STATOR_F_TTL)) != 0;
    const int64_t us = is_whole ? now_us - now_us % STATOR_SECOND : now_us;
    (void)member_put_int(field, draft->copy, us); /* of eight bytes: it fits */
}

static bool is_new(const struct draft *draft, const stator_field *version)
{
    if ((version->flags & STATOR_F_FROM_0) == 0) return member_int(version, draft->copy) == 0;
    return member_int(draft_field(draft->model, STATOR_F_CREATED), draft->copy) == 0;
}

static void begin_life(struct draft *draft, const stator_field *version, int64_t now_us)
{
    draft->opts.if_not_exists = true;
    stamp_time(draft, STATOR_F_CREATED, now_us);
    if (version == NULL) return;
    const bool is_from_0 = (version->flags & STATOR_F_FROM_0) != 0;
    (void)member_put_int(version, draft->copy, is_from_0 ? 0 : 1); /* fits any size */
}

/* The stored version must be the object's; unless it goes, it becomes one more. */
static stator_rc go_on(struct draft *draft, const stator_field *version, bool is_going)
{
    const int64_t old = member_int(version, draft->copy);
    draft->guard[0] = stator_eq(version->attr, stator_i(old));
    if (is_going) return STATOR_OK;
    if (old < INT64_MAX && member_put_int(version, draft->copy, old + 1)) return STATOR_OK;
    return stator_fail(STATOR_E_INVALID, "the version \"%s\" cannot become any higher",
                       version->attr);
}

static stator_rc stamp_version(struct draft *draft, enum draft_way way, int64_t now_us)
{
    const stator_field *version = draft_field(draft->model, STATOR_F_VERSION);
    const stator_field *created = draft_field(draft->model, STATOR_F_CREATED);
    if (way == DRAFT_CREATE || (way == DRAFT_SAVE && version != NULL && is_new(draft, version))) {
        begin_life(draft, version, now_us);
        return STATOR_OK;
    }
    if (way == DRAFT_REMOVE) {
        if (version == NULL || member_int(version, draft->copy) == 0) return STATOR_OK;
        return go_on(draft, version, true);
    }
    if (version != NULL) return go_on(draft, version, false);
    if (way == DRAFT_SAVE && created != NULL && member_int(created, draft->copy) == 0)
        stamp_time(draft, STATOR_F_CREATED, now_us);
    return STATOR_OK;
}

stator_rc draft_stamp(struct draft *draft, enum draft_way way, int64_t now_us)
{
    draft->guard[0] = stator_always();
    const stator_rc rc = stamp_version(draft, way, now_us);
    if (rc != STATOR_OK) return rc;
    stamp_time(draft, STATOR_F_UPDATED, now_us);
    if (draft->opts.condition.op == STATOR_C_NONE) {
        draft->opts.condition = draft->guard[0];
        return STATOR_OK;
    }
    draft->guard[1] = draft->opts.condition;
    draft->opts.condition = stator_all(draft->guard, ARRAY_COUNT(draft->guard));
    return STATOR_OK;
}

/* ---- literals */

/* The attributes of the members that have one of `flags`; 0: all. */
static stator_rc attributes(struct draft *draft, unsigned flags, stator_val *out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < draft->model->field_count; i++) {
        const stator_field *field = &draft->model->fields[i];
        if (flags != 0 && (field->flags & flags) == 0) continue;
        draft->attrs[count].name = field->attr;
        const stator_rc rc =
            member_value(field, draft->copy, &draft->room, &draft->attrs[count].value);
        if (rc != STATOR_OK) return rc;
        count++;
    }
    draft->attr_count = count;
    *out = stator_map(draft->attrs, count);
    return STATOR_OK;
}

stator_rc draft_item(struct draft *draft, stator_val *out)
{
    return attributes(draft, 0, out);
}

stator_rc draft_key(struct draft *draft, stator_val *out)
{
    return attributes(draft, of_key, out);
}

/* Take the next of "url, title" from *rest: its start, and its length; 0: there is none. */
static size_t next_name(const char **rest, const char **name)
{
    static const char between[] = " ,\t\n";
    *name = *rest + strspn(*rest, between);
    const size_t len = strcspn(*name, between);
    *rest = *name + len;
    return len;
}

static const stator_field *find(const stator_model *model, const char *name, size_t len)
{
    for (uint32_t i = 0; i < model->field_count; i++) {
        const char *attr = model->fields[i].attr;
        if (strlen(attr) == len && memcmp(attr, name, len) == 0) return &model->fields[i];
    }
    return NULL;
}

static stator_rc add(struct draft *draft, const stator_field *field)
{
    stator_val value = stator_skip();
    bool *is_named = &draft->is_named[field - draft->model->fields];
    if (*is_named)
        return stator_fail(STATOR_E_INVALID, "the field \"%s\" is named twice", field->attr);
    *is_named = true;
    const stator_rc rc = member_value(field, draft->copy, &draft->room, &value);
    if (rc != STATOR_OK) return rc;
    const bool is_left_out = value.kind == stator_skip().kind;
    draft->updates[draft->update_count++] =
        is_left_out ? stator_remove(field->attr) : stator_set(field->attr, value);
    return STATOR_OK;
}

static stator_rc add_named(struct draft *draft, const char *fields)
{
    const char *name = NULL;
    for (size_t len = next_name(&fields, &name); len > 0; len = next_name(&fields, &name)) {
        const int shown = len < NAME_BYTES_MAX ? (int)len : NAME_BYTES_MAX;
        const stator_field *field = find(draft->model, name, len);
        if (field == NULL)
            return stator_fail(STATOR_E_INVALID, "the model has no field \"%.*s\"", shown, name);
        if ((field->flags & (of_key | set_by_library)) != 0)
            return stator_fail(STATOR_E_INVALID,
                               "the field \"%s\" is a key or set by the library, and cannot be "
                               "updated",
                               field->attr);
        const stator_rc rc = add(draft, field);
        if (rc != STATOR_OK) return rc;
    }
    if (draft->update_count == 0)
        return stator_fail(STATOR_E_INVALID, "an update of fields needs the name of one");
    return STATOR_OK;
}

static stator_rc add_unnamed(struct draft *draft)
{
    for (uint32_t i = 0; i < draft->model->field_count; i++) {
        const stator_field *field = &draft->model->fields[i];
        if ((field->flags & (of_key | set_by_library)) != 0) continue;
        const stator_rc rc = add(draft, field);
        if (rc != STATOR_OK) return rc;
    }
    return STATOR_OK;
}

/* What the library sets. The time of creation only where the update may make the item. */
static stator_rc add_stamps(struct draft *draft)
{
    const stator_field *version = draft_field(draft->model, STATOR_F_VERSION);
    const stator_field *created = draft_field(draft->model, STATOR_F_CREATED);
    const stator_field *updated = draft_field(draft->model, STATOR_F_UPDATED);
    stator_rc rc = STATOR_OK;
    if (version != NULL) rc = add(draft, version);
    if (rc == STATOR_OK && updated != NULL) rc = add(draft, updated);
    if (rc != STATOR_OK || version != NULL || created == NULL || updated == NULL) return rc;
    const stator_upd now = draft->updates[draft->update_count - 1];
    draft->updates[draft->update_count++] = stator_set_default(created->attr, now.value);
    return STATOR_OK;
}

stator_rc draft_updates(struct draft *draft, const char *fields, stator_upd *out)
{
    draft->update_count = 0;
    stator_rc rc = fields != NULL ? add_named(draft, fields) : add_unnamed(draft);
    if (rc == STATOR_OK) rc = add_stamps(draft);
    if (rc != STATOR_OK) return rc;
    *out = stator_upd_all(draft->updates, draft->update_count);
    return STATOR_OK;
}
