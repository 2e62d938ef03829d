/* suite.h -- AWS's published test suite of Signature Version 4, as a table of facts.
 *
 * From awslabs/aws-c-auth, tests/aws-signing-test-suite/v4: what is asked for, and the signatures
 * of its two forms. All cases are signed by AKIDEXAMPLE on 2015-08-30T12:36:00Z for
 * us-east-1/service, and for an hour when in the query. Every request has the header
 * "Host:example.amazonaws.com" besides those shown (separated by "|"), and X-Amz-Date or its
 * parameter; a token is a header or a parameter as well. has_body_hash: the header form signs an
 * x-amz-content-sha256 too.
 *
 * Left out: the "-unnormalized" cases, which are S3's way with paths; post-sts-header-after, whose
 * token is not signed, which DynamoDB does not allow; and cases that ask for the same as another.
 */
#ifndef STATOR_TESTS_AUTH_SUITE_H
#define STATOR_TESTS_AUTH_SUITE_H

#include "auth/sigv4.h"

#define SUITE_ACCESS_KEY "AKIDEXAMPLE"
#define SUITE_SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define SUITE_DATE "20150830T123600Z"
enum { SUITE_SECONDS = 1440938160 };

struct suite_case {
    const char *name;
    const char *method;
    const char *path;
    const char *query;   /* NULL: none */
    const char *headers; /* NULL: no others */
    const char *body;    /* NULL: none */
    const char *token;   /* NULL: none */
    bool has_body_hash;
    const char *in_header; /* the signature */
    const char *in_query;  /* likewise */
};

extern const struct suite_case suite_cases[];
extern const size_t suite_count;

/* The request of a case as it is signed in its headers, or in its query: there with all parameters
 * but the signature, which is to be appended. Made in `arena`. */
struct sigv4_request suite_in_header(struct arena *arena, const struct suite_case *one);
struct sigv4_request suite_in_query(struct arena *arena, const struct suite_case *one);

/* The names of all headers of a request, as X-Amz-SignedHeaders has them. */
struct span suite_names(struct arena *arena, const struct sigv4_request *request);

#endif
