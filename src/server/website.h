/* Websites: the hosts of a service that show what it stores. A request to one is a GetObject or a HeadObject
 * of nobody, whatever it is signed with; which object, and what is served when that cannot be, is
 * services/s3/website.h's to say. All else is the pipeline's. */
#pragma once

#include "server/flight.h"

/* Part of the step that identifies. 1: it is one; 0: it is not. */
must_check int website_recognise(struct flight *flight);
/* A step: finds the page that is meant, or goes on to the error document. */
must_check int website_find_page(struct flight *flight);
/* At the end of the steps. 1: the steps from website_find_page() on are to be run again, for the error
 * document; else their result, as the answer shall have it. */
must_check int website_settle(struct flight *flight, int result);
must_check int website_encode_error(struct flight *flight);
/* What the answer says of the page, also where an error document is in its place. NULL: nothing. */
const struct api_error *website_error(const struct flight *flight);
void website_done(struct flight *flight);
