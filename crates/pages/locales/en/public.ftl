### public
