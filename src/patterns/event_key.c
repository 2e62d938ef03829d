/* event_key.c -- see event_key.h. Numbers are written with leading zeros, so that keys sort as they
 * do; a number with more digits than that would sort before smaller ones, and is refused.
 */
#include "patterns/event_key.h"

#include <string.h>

enum { DIGITS_USUAL = 4, DIGITS_MAX = 10, TEN = 10 };

static const char sk_begin[] = "EVENT#";

static int digits_of(const stator_events *events)
{
    return events->seq_digits != 0 ? events->seq_digits : DIGITS_USUAL;
}

bool event_key_are_set(const stator_events *events)
{
    return events != NULL && events->db != NULL && events->table != NULL &&
           digits_of(events) >= 1 && digits_of(events) <= DIGITS_MAX;
}

const char *event_key_kind(const stator_events *events)
{
    return events->kind != NULL ? events->kind : "TASK";
}

stator_val event_key_pk(const stator_events *events, const char *id, char out[EVENT_KEY_PK_LEN])
{
    return stator_sf_(out, EVENT_KEY_PK_LEN, "%s#%s", event_key_kind(events), id);
}

stator_val event_key_status(const char *status, char out[EVENT_KEY_GSI_LEN])
{
    return stator_sf_(out, EVENT_KEY_GSI_LEN, "STATUS#%s", status);
}

uint32_t event_key_seq_max(const stator_events *events)
{
    uint64_t end = 1;
    for (int i = 0; i < digits_of(events); i++) end *= TEN;
    return end > UINT32_MAX ? UINT32_MAX : (uint32_t)(end - 1);
}

stator_rc event_key_sk(const stator_events *events, uint32_t seq, char out[EVENT_KEY_SK_LEN])
{
    if (seq == 0) return stator_fail(STATOR_E_INVALID, "the first event of an entity is number 1");
    if (seq > event_key_seq_max(events))
        return stator_fail(STATOR_E_INVALID,
                           "event number %u does not fit into the %d digits of the table's keys",
                           seq, digits_of(events));
    (void)stator_sf_(out, EVENT_KEY_SK_LEN, "%s%0*u", sk_begin, digits_of(events), seq);
    return STATOR_OK;
}

uint32_t event_key_seq(const char *sk)
{
    uint64_t seq = 0;
    if (sk == NULL || strncmp(sk, sk_begin, strlen(sk_begin)) != 0) return 0;
    for (const char *at = sk + strlen(sk_begin); *at != '\0'; at++) {
        if (*at < '0' || *at > '9') return 0;
        seq = seq * TEN + (uint64_t)(*at - '0');
        if (seq > UINT32_MAX) return 0;
    }
    return (uint32_t)seq;
}
