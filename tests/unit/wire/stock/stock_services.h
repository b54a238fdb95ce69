/* The services whose models come from the installed SDK. */
#pragma once

#include "lambda.h"
#include "route53.h"
#include "s3.h"

static const struct api_service *const stock_services[] = {&lambda_service, &route53_service, &s3_service};
static const size_t stock_service_count = sizeof(stock_services) / sizeof(stock_services[0]);
