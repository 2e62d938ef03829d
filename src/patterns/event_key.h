/* event_key.h -- the keys of events and projections, as texts in arrays of the caller's. */
#ifndef STATOR_PATTERNS_EVENT_KEY_H
#define STATOR_PATTERNS_EVENT_KEY_H

#include "base/attributes.h"
#include "stator/patterns.h"

enum { EVENT_KEY_PK_LEN = 1024, EVENT_KEY_SK_LEN = 32, EVENT_KEY_GSI_LEN = 96 };

/* "TASK", or what the program calls it. */
MUST_USE const char *event_key_kind(const stator_events *events);

/* "TASK#<id>" */
stator_val event_key_pk(const stator_events *events, const char *id, char out[EVENT_KEY_PK_LEN]);

/* "EVENT#0007". STATOR_E_INVALID: it is 0, or has too many digits. */
MUST_USE stator_rc event_key_sk(const stator_events *events, uint32_t seq,
                                char out[EVENT_KEY_SK_LEN]);

/* The highest number that the keys have digits for. */
MUST_USE uint32_t event_key_seq_max(const stator_events *events);

/* 7 of "EVENT#0007"; 0: it is no such key. */
MUST_USE uint32_t event_key_seq(const char *sk);

/* "STATUS#<status>" */
stator_val event_key_status(const char *status, char out[EVENT_KEY_GSI_LEN]);

/* Have they a handle and a table, and are the digits from 1 to 10? */
MUST_USE bool event_key_are_set(const stator_events *events);

#endif
