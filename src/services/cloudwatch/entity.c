/* https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/adding-your-own-related-telemetry.html */
#include "services/cloudwatch/entity.h"

#define ENTITIES_MAX 2

static const struct {
        struct str type, needed[2];
} TYPES[] = {
        {STR_INIT("AWS::Resource"), {STR_INIT("ResourceType"), STR_INIT("Identifier")}},
        {STR_INIT("AWS::Service"), {STR_INIT("Name")}},
        {STR_INIT("Service"), {STR_INIT("Name"), STR_INIT("Environment")}},
        {STR_INIT("Resource"), {STR_INIT("ResourceType"), STR_INIT("Identifier")}},
        {STR_INIT("RemoteService"), {STR_INIT("Name")}},
};

static struct str value_of(const struct str_map *map, struct str key)
{
        for (size_t i = 0; i < map->count; i++)
                if (str_eq(map->items[i].key, key))
                        return map->items[i].value;
        return STR_NONE;
}

static bool fits(const struct str_map *map, size_t count_max, size_t key_max, size_t value_max)
{
        for (size_t i = 0; i < map->count; i++)
                if (map->items[i].key.len - 1 >= key_max || map->items[i].value.len - 1 >= value_max)
                        return false;
        return map->count <= count_max;
}

static const char *fault_of_type(const struct str_map *keys)
{
        struct str type = value_of(keys, STR("Type"));

        if (!str_is_set(type))
                return "MissingRequiredFields";
        for (size_t i = 0; i < ARRAY_LEN(TYPES); i++) {
                if (!str_eq(type, TYPES[i].type))
                        continue;
                for (size_t k = 0; k < ARRAY_LEN(TYPES[i].needed); k++)
                        if (str_is_set(TYPES[i].needed[k]) && !str_is_set(value_of(keys, TYPES[i].needed[k])))
                                return "MissingRequiredFields";
                return NULL;
        }
        return "InvalidTypeValue";
}

static const char *fault_of(const struct cloudwatch_entity *entity)
{
        if (!entity)
                return "InvalidEntity";
        if (!entity->key_attributes.is_set || !fits(&entity->key_attributes, 4, 32, 2048))
                return "InvalidKeyAttributes";
        if (!fits(&entity->attributes, 10, 256, 2048))
                return "InvalidAttributes";
        return fault_of_type(&entity->key_attributes);
}

int cloudwatch_check_entities(struct call *call, const struct cloudwatch_put_metric_data_in *in)
{
        const char *fault = in->entity_metric_data.count > ENTITIES_MAX ? "EntitySizeTooLarge" : NULL;

        if (in->entity_metric_data.is_set && !in->strict_entity_validation.is_set)
                return fail(call, &cloudwatch_missing_required_parameter_exception,
                            "The parameter StrictEntityValidation is required.");
        for (size_t i = 0; !fault && i < in->entity_metric_data.count; i++)
                fault = fault_of(in->entity_metric_data.items[i].entity);
        if (fault && in->strict_entity_validation.value)
                return fail(call, &cloudwatch_invalid_parameter_value_exception, "%s", fault);
        if (fault)
                call_header(call, STR("X-Amzn-Failure-Message"), str_of(fault));
        return 0;
}
