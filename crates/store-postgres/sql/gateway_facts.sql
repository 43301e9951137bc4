SELECT f.fact_no, f.fact FROM gateway_fact f WHERE f.fact_no = ANY ($1::bigint[])
