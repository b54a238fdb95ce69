/* Encoded authorization messages: what a denial may not say openly, for those who may call
 * DecodeAuthorizationMessage.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html */
#pragma once

#include "crypto/keyring.h"

#define AUTHORIZATION_MESSAGE_MAX 10240 /* characters, encoded */

/* json is what the decoder will see; account, whose principal was denied, is the only one that can decode it.
 * -EMSGSIZE: more than fits. */
must_check int authorization_message_encode(const struct keyring *keyring, struct str account,
                                            struct str json, struct arena *arena, struct str *ret);
/* -EBADMSG: not a message of this server for this account. */
must_check int authorization_message_decode(const struct keyring *keyring, struct str account,
                                            struct str message, struct arena *arena, struct str *ret_json);
