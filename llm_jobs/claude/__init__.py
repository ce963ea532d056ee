"""The Claude annotation engine, without Django: prompt -> client -> parsing, with retry, pricing and a runner.

errors   what can go wrong, one tree and one closed list of failures
request  what is sent: a frozen request, its body and its hashes
prompt   definitions and an item -> request
reply    what came back: a frozen reply, its usage and rate limits
client   request -> reply over the Anthropic SDK
parsing  reply -> an answer per attribute, or a named failure
retry    error, attempt -> retry, park or fail
pricing  dated rates, exact cost, worst case
runner   many requests at once, each ending in an outcome
"""
