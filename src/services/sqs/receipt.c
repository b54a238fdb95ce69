#include "services/sqs/receipt.h"

#include "base/text.h"
#include "crypto/keyring.h"

#define VERSION    1
#define NUMBER_LEN 8
#define CODE_LEN   23
#define HEAD_LEN   (1 + 3 * NUMBER_LEN)
#define HANDLE_LEN (HEAD_LEN + CODE_LEN) /* 48: base64 without padding */

static struct str text_of(struct call *call, const struct sqs_queue_record *queue,
                          const struct sqs_receipt *receipt)
{
        return arena_printf(&call->arena, "sqs receipt %lld %lld %lld %lld", (long long)queue->number.value,
                            (long long)receipt->space, (long long)receipt->number,
                            (long long)receipt->receives);
}

static void put(uint8_t *out, int64_t number)
{
        for (size_t i = 0; i < NUMBER_LEN; i++)
                out[i] = (uint8_t)((uint64_t)number >> (8 * (NUMBER_LEN - 1 - i)));
}

static int64_t get(const char *from)
{
        uint64_t number = 0;

        for (size_t i = 0; i < NUMBER_LEN; i++)
                number = number << 8 | (uint8_t)from[i];
        return (int64_t)number;
}

struct str sqs_write_receipt(struct call *call, const struct sqs_queue_record *queue,
                             const struct sqs_message_record *message)
{
        const struct sqs_receipt receipt = {message->space.value, message->number.value,
                                            message->receives.value};
        uint8_t bytes[HANDLE_LEN] = {VERSION}, code[32];

        put(bytes + 1, receipt.space);
        put(bytes + 1 + NUMBER_LEN, receipt.number);
        put(bytes + 1 + 2 * NUMBER_LEN, receipt.receives);
        keyring_mac(call->host->keyring, SEAL_MESSAGE, text_of(call, queue, &receipt), code);
        memcpy(bytes + HEAD_LEN, code, CODE_LEN);
        return base64_encode(&call->arena, str_make(bytes, sizeof(bytes)));
}

/* Also of the master key before: messages may be in flight while it is rotated. */
static bool is_ours(struct call *call, struct str text, struct str given)
{
        uint8_t code[32];

        keyring_mac(call->host->keyring, SEAL_MESSAGE, text, code);
        if (secret_equal(given, str_make(code, CODE_LEN)))
                return true;
        return keyring_mac_earlier(call->host->keyring, SEAL_MESSAGE, text, code) == 0 &&
               secret_equal(given, str_make(code, CODE_LEN));
}

int sqs_read_receipt(struct call *call, const struct sqs_queue_record *queue, struct str handle,
                     struct sqs_receipt *ret)
{
        struct str bytes = STR_NONE;

        if (base64_decode(&call->arena, handle, &bytes) == 0 && bytes.len == HANDLE_LEN &&
            bytes.ptr[0] == VERSION) {
                *ret = (struct sqs_receipt){get(bytes.ptr + 1), get(bytes.ptr + 1 + NUMBER_LEN),
                                            get(bytes.ptr + 1 + 2 * NUMBER_LEN)};
                if (is_ours(call, text_of(call, queue, ret), str_from(bytes, HEAD_LEN)))
                        return 0;
                return fail(call, &sqs_receipt_handle_is_invalid,
                            "The receipt handle \"%.*s\" is not valid for this queue.", STR_ARG(handle));
        }
        return fail(call, &sqs_receipt_handle_is_invalid,
                    "The input receipt handle \"%.*s\" is not a valid receipt handle.", STR_ARG(handle));
}
