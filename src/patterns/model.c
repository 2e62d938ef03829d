/* model.c -- saving and loading objects: draft.h makes the literals, calls.h sends them.
 */
#include <string.h>

#include "base/mem.h"
#include "patterns/draft.h"

static stator_rc no_handle(void)
{
    return stator_fail(STATOR_E_MISUSE, "a model's call needs a handle");
}

/* ---- writes */

/* Send the draft as `way` has it. */
static stator_rc send(stator *db, struct draft *draft, enum draft_way way, const char *fields)
{
    const char *table = draft->model->table;
    stator_val value = stator_skip();
    stator_rc rc = draft_stamp(draft, way, stator_now(db));
    if (rc != STATOR_OK) return rc;
    const bool is_whole = way == DRAFT_SAVE || way == DRAFT_CREATE;
    rc = is_whole ? draft_item(draft, &value) : draft_key(draft, &value);
    if (rc != STATOR_OK) return rc;
    draft->opts.value = value;
    if (is_whole) return stator_put_item(db, table, &draft->opts);
    if (way == DRAFT_REMOVE) return stator_delete_item(db, table, &draft->opts);
    rc = draft_updates(draft, fields, &draft->opts.update);
    if (rc != STATOR_OK) return rc;
    draft->opts.value = (stator_val){0};
    return stator_update_item(db, table, value, &draft->opts);
}

static stator_rc write_object(stator *db, const stator_model *model, enum draft_way way,
                              const char *fields, const stator_write_opts *opts)
{
    struct draft draft;
    if (db == NULL) return no_handle();
    stator_rc rc = draft_begin(&draft, model, opts);
    if (rc != STATOR_OK) return rc;
    rc = send(db, &draft, way, fields);
    if (rc == STATOR_OK && way != DRAFT_REMOVE) draft_keep(&draft);
    draft_end(&draft);
    return rc;
}

stator_rc stator_save_(stator *db, const stator_model *model, const stator_write_opts *opts)
{
    return write_object(db, model, DRAFT_SAVE, NULL, opts);
}

stator_rc stator_create_(stator *db, const stator_model *model, const stator_write_opts *opts)
{
    return write_object(db, model, DRAFT_CREATE, NULL, opts);
}

stator_rc stator_update_fields_(stator *db, const stator_model *model, const char *fields,
                                const stator_write_opts *opts)
{
    return write_object(db, model, DRAFT_UPDATE, fields, opts);
}

stator_rc stator_remove_(stator *db, const stator_model *model, const stator_write_opts *opts)
{
    return write_object(db, model, DRAFT_REMOVE, NULL, opts);
}

/* ---- actions of transactions
 *
 * A transaction keeps its first mistake until it is committed. What is wrong with the object
 * becomes a put of no value, which is such a mistake. */

static stator_tx *add_action(stator_tx *tx, struct draft *draft, enum draft_way way,
                             const char *fields)
{
    const char *table = draft->model->table;
    const stator_val key = draft->opts.value;
    switch (way) {
    case DRAFT_SAVE:
    case DRAFT_CREATE:
        return stator_tx_put_(tx, table, &draft->opts);
    case DRAFT_REMOVE:
        return stator_tx_delete_(tx, table, &draft->opts);
    case DRAFT_UPDATE:
        if (draft_updates(draft, fields, &draft->opts.update) != STATOR_OK) return NULL;
        draft->opts.value = (stator_val){0};
        return stator_tx_update_(tx, table, key, &draft->opts);
    }
    return NULL;
}

/* NULL: the object or the model is wrong. */
static stator_tx *add_draft(stator_tx *tx, struct draft *draft, enum draft_way way,
                            const char *fields)
{
    const bool is_whole = way == DRAFT_SAVE || way == DRAFT_CREATE;
    if (draft_stamp(draft, way, stator_now(stator_tx_db(tx))) != STATOR_OK) return NULL;
    const stator_rc rc =
        is_whole ? draft_item(draft, &draft->opts.value) : draft_key(draft, &draft->opts.value);
    return rc == STATOR_OK ? add_action(tx, draft, way, fields) : NULL;
}

static stator_tx *add_object(stator_tx *tx, const stator_model *model, enum draft_way way,
                             const char *fields, const stator_write_opts *opts)
{
    static const stator_write_opts none = {.size = sizeof none};
    struct draft draft;
    stator_tx *added = NULL;
    if (tx == NULL) return NULL;
    if (draft_begin(&draft, model, opts) == STATOR_OK) {
        added = add_draft(tx, &draft, way, fields);
        draft_end(&draft);
    }
    return added != NULL ? added : stator_tx_put_(tx, "model", &none);
}

stator_tx *stator_tx_save_(stator_tx *tx, const stator_model *model, const stator_write_opts *opts)
{
    return add_object(tx, model, DRAFT_SAVE, NULL, opts);
}

stator_tx *stator_tx_create_(stator_tx *tx, const stator_model *model,
                             const stator_write_opts *opts)
{
    return add_object(tx, model, DRAFT_CREATE, NULL, opts);
}

stator_tx *stator_tx_update_fields_(stator_tx *tx, const stator_model *model, const char *fields,
                                    const stator_write_opts *opts)
{
    return add_object(tx, model, DRAFT_UPDATE, fields, opts);
}

stator_tx *stator_tx_remove_(stator_tx *tx, const stator_model *model,
                             const stator_write_opts *opts)
{
    return add_object(tx, model, DRAFT_REMOVE, NULL, opts);
}

/* ---- reading */

static void clear_first(const stator_model *model, uint32_t count, void *object)
{
    for (uint32_t i = 0; i < count; i++) member_clear(&model->fields[i], object);
}

static stator_rc read_into(const stator_model *model, const stator_node *item, void *copy)
{
    for (uint32_t i = 0; i < model->field_count; i++) {
        const stator_rc rc = member_read(&model->fields[i], item, copy);
        if (rc == STATOR_OK) continue;
        clear_first(model, i, copy);
        return rc;
    }
    return STATOR_OK;
}

static stator_rc fill(const stator_model *model, const stator_node *item, void *object)
{
    void *copy = mem_new(mem_heap(), model->object_size);
    if (copy == NULL) return stator_fail(STATOR_E_NOMEM, "out of memory");
    memcpy(copy, object, model->object_size);
    const stator_rc rc = read_into(model, item, copy);
    if (rc == STATOR_OK) memcpy(object, copy, model->object_size);
    mem_free(mem_heap(), copy, model->object_size);
    return rc;
}

stator_rc stator_from_node(const stator_model *model, const stator_node *item, void *object)
{
    const stator_rc rc = draft_check_model(model);
    if (rc != STATOR_OK) return rc;
    if (object == NULL || stator_type(item) != STATOR_MAP)
        return stator_fail(STATOR_E_MISUSE, "an object is filled from an item");
    return fill(model, item, object);
}

static stator_rc get(stator *db, struct draft *draft, bool consistent)
{
    stator_result *result = NULL;
    stator_val key = stator_skip();
    stator_rc rc = draft_key(draft, &key);
    if (rc != STATOR_OK) return rc;
    const stator_read_opts opts = {.size = sizeof opts, .key = key, .consistent = consistent};
    rc = stator_get_item(db, draft->model->table, &result, &opts);
    if (rc == STATOR_OK) rc = fill(draft->model, stator_result_item(result, 0), draft->object);
    stator_result_free(result);
    return rc;
}

stator_rc stator_load(stator *db, const stator_model *model, void *object, bool consistent)
{
    struct draft draft;
    const stator_write_opts opts = {.size = sizeof opts, .object = object};
    if (db == NULL) return no_handle();
    stator_rc rc = draft_begin(&draft, model, &opts);
    if (rc != STATOR_OK) return rc;
    rc = get(db, &draft, consistent);
    draft_end(&draft);
    return rc;
}

void stator_object_clear(const stator_model *model, void *object)
{
    if (model != NULL && object != NULL) clear_first(model, model->field_count, object);
}

/* ---- documents */

static stator_rc to_doc(struct draft *draft, stator_doc *doc)
{
    stator_val item = stator_skip();
    const stator_rc rc = draft_item(draft, &item);
    if (rc != STATOR_OK) return rc;
    for (uint32_t i = 0; i < draft->attr_count; i++)
        draft->updates[i] = stator_set(draft->attrs[i].name, draft->attrs[i].value);
    return stator_doc_update(doc, stator_upd_all(draft->updates, draft->attr_count));
}

stator_rc stator_to_doc(const stator_model *model, const void *object, stator_doc **out)
{
    struct draft draft;
    void *unwritten = NULL; /* draft_keep, which writes, is not called */
    memcpy(&unwritten, &object, sizeof unwritten);
    const stator_write_opts opts = {.size = sizeof opts, .object = unwritten};
    if (out == NULL) return stator_fail(STATOR_E_MISUSE, "stator_to_doc: `out` is NULL");
    *out = NULL;
    stator_rc rc = draft_begin(&draft, model, &opts);
    if (rc != STATOR_OK) return rc;
    stator_doc *doc = stator_doc_new();
    rc = doc != NULL ? to_doc(&draft, doc) : STATOR_E_NOMEM;
    draft_end(&draft);
    if (rc == STATOR_OK) {
        *out = doc;
    } else {
        stator_doc_free(doc);
    }
    return rc;
}

/* ---- the table */

static char letter_of(const stator_field *field)
{
    const bool is_number = field->kind == STATOR_INT_ || field->kind == STATOR_DBL_ ||
                           field->kind == STATOR_DEC_ || (field->flags & STATOR_F_TTL) != 0;
    return is_number ? 'N' : 'S';
}

stator_rc stator_ensure_model(stator *db, const stator_model *model)
{
    char key[600]; /* two names of 255 bytes */
    stator_rc rc = draft_check_model(model);
    if (rc != STATOR_OK) return rc;
    if (db == NULL) return no_handle();
    const stator_field *pk = draft_field(model, STATOR_F_PK);
    const stator_field *sk = draft_field(model, STATOR_F_SK);
    const stator_field *ttl = draft_field(model, STATOR_F_TTL);
    if (sk != NULL) {
        (void)stator_sf(key, "%s:%c, %s:%c", pk->attr, letter_of(pk), sk->attr, letter_of(sk));
    } else {
        (void)stator_sf(key, "%s:%c", pk->attr, letter_of(pk));
    }
    const stator_table_spec spec = {
        .size = sizeof spec,
        .name = model->table,
        .key = key,
        .indexes = model->indexes,
        .ttl = ttl != NULL ? ttl->attr : NULL,
    };
    rc = stator_ensure_table_(db, &spec);
    return rc;
}
