/* What other services need of CloudWatch Logs. */
#pragma once

#include "services/logs/deliver.h"
