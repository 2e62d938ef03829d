/* outcome.h -- what one attempt came to, and whether another may follow.
 *
 * Turns what line.h saw and what DynamoDB's error body says into a report, and into one of a few
 * kinds on which the decision to try again rests.
 */
#ifndef STATOR_CLIENT_OUTCOME_H
#define STATOR_CLIENT_OUTCOME_H

#include "client/client.h"
#include "client/line.h"

typedef enum outcome {
    OUTCOME_DONE,      /* answered */
    OUTCOME_FINAL,     /* refused, for good */
    OUTCOME_FOR_NOW,   /* not carried out; may be later */
    OUTCOME_FAULT,     /* 500: may have been carried out, and DynamoDB says to try again */
    OUTCOME_LOST,      /* may have been carried out; nobody says so */
    OUTCOME_UNREACHED, /* cannot have arrived */
    OUTCOME_SKEWED,    /* refused for the time of its signature */
} outcome;

/* Judge an attempt: fills the report's status, code, message, request id and http status. `body` is
 * the reply's, whole if line_send said LINE_DONE. */
MUST_USE outcome outcome_judge(line_result result, const struct line_reply *reply, struct span body,
                               struct client_report *report);

/* May the same request be sent again? */
MUST_USE bool outcome_allows_retry(outcome kind, bool may_repeat);

#endif
