/* draft.h -- an object as it would be after a write, and the literals that say so.
 *
 *     draft_begin      check model and options; copy the object
 *     draft_stamp      set version and times in the copy; the object's own guard, and what else is
 *                      asked, become draft->opts
 *     draft_item, draft_key, draft_updates
 *                      literals of the copy, which borrow from the draft
 *     draft_keep       it was written: what was stamped becomes the object's
 *     draft_end
 *
 * The object itself is written by draft_keep alone.
 */
#ifndef STATOR_PATTERNS_DRAFT_H
#define STATOR_PATTERNS_DRAFT_H

#include "patterns/member.h"

/* How the write is meant: what is asked of the stored item, and what is stamped. */
enum draft_way { DRAFT_SAVE, DRAFT_CREATE, DRAFT_UPDATE, DRAFT_REMOVE };

enum { DRAFT_KEYS = 2, DRAFT_UPDATES = STATOR_FIELDS + 3 };

struct draft {
    const stator_model *model;
    void *object; /* the program's */
    void *copy;   /* as it would be */
    stator_write_opts opts;
    stator_cond guard[2]; /* of opts.condition */
    struct member_room room;
    stator_attr attrs[STATOR_FIELDS];
    size_t attr_count;
    bool is_named[STATOR_FIELDS]; /* by an update */
    stator_upd updates[DRAFT_UPDATES];
    size_t update_count;
};

/* Is the table of members right? STATOR_E_INVALID, STATOR_E_MISUSE. */
MUST_USE stator_rc draft_check_model(const stator_model *model);

/* The member with this role, or NULL. */
MUST_USE const stator_field *draft_field(const stator_model *model, unsigned flag);

/* STATOR_OK, and then draft_end; a failure has left nothing to end. */
MUST_USE stator_rc draft_begin(struct draft *draft, const stator_model *model,
                               const stator_write_opts *opts);
MUST_USE stator_rc draft_stamp(struct draft *draft, enum draft_way way, int64_t now_us);
MUST_USE stator_rc draft_item(struct draft *draft, stator_val *out);
MUST_USE stator_rc draft_key(struct draft *draft, stator_val *out);
/* `fields` as in stator_update_fields_. */
MUST_USE stator_rc draft_updates(struct draft *draft, const char *fields, stator_upd *out);
void draft_keep(struct draft *draft);
void draft_end(struct draft *draft);

#endif
