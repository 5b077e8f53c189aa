import jwt from 'jsonwebtoken';

/** The member that a token was issued to, or null. */
export function memberOf(token) {
  try {
    return jwt.verify(token, process.env.TOKEN_SECRET);
  } catch {
    return null;
  }
}

export function requireMember(req, res, next) {
  const member = memberOf(req.headers.authorization?.replace(/^Bearer /, ''));
  if (!member) {
    return res.status(401).json({ error: 'Sign in first.' });
  }
  req.member = member;
  next();
}

export function requireRole(role) {
  return (req, res, next) => {
    if (req.member.role !== role) {
      return res.status(403).json({ error: `Only for a ${role}.` });
    }
    next();
  };
}
