/* answer.h -- reading a reply, which is one stored map with DynamoDB's names. */
#ifndef STATOR_DB_ANSWER_H
#define STATOR_DB_ANSWER_H

#include "item/value.h"

/* The member of `answer` called `name`. False: there is none, or `answer` is no map. */
MUST_USE bool answer_find(struct value answer, const char *name, struct value *out);

/* A member that is a list, map or string, else VALUE_NONE. */
MUST_USE struct value answer_member(struct value answer, const char *name, value_type type);

/* A member that is a whole number; 0 otherwise. */
MUST_USE int64_t answer_number(struct value answer, const char *name);

/* What an error says: "message", or as some errors have it "Message". */
MUST_USE struct span answer_message(struct value answer);

/* Units that the call consumed: of table `name`, of an index "table/index", or with an empty name
 * of all. */
MUST_USE double answer_capacity(struct value answer, struct span name);

/* The Code of a reason in CancellationReasons. */
MUST_USE struct span answer_reason_code(struct value reason);

/* Are there reasons that a transaction of this error was canceled for, and is each `one`:
 * client_reason_passes, client_reason_conflicts? */
typedef bool(answer_reason)(struct span code);
MUST_USE bool answer_reasons_are(struct value answer, answer_reason *one);

/* Was the condition of any action refused? */
MUST_USE bool answer_has_refused_condition(struct value answer);

/* The first action whose condition failed, else the first that failed at all; -1: none is said. */
MUST_USE int answer_failed_action(struct value answer);

#endif
